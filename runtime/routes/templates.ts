import { kindOf } from "engine";
import { Hono } from "hono";
import type { AnyDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { install } from "../store/install.ts";
import { readTemplates } from "../store/template-files.ts";

/** The gallery: packages of documents, and which of them the workspace has. */
export const templates = new Hono<App>()

  .use(onlyAdmins("install templates"))

  .get("/", async (c) => {
    const packages = await readTemplates(c.var.services.templates);
    const items = [...packages.values()].map(({ manifest, documents, samples }) => ({
      name: manifest.$id,
      title: manifest.title,
      description: manifest.description ?? "",
      icon: manifest.icon ?? "",
      version: manifest.version,
      needs: manifest.needs ?? {},
      installed: c.var.model.templates.get(manifest.$id)?.version ?? null,
      documents: documents.length,
      contents: countByKind(documents),
      samples: samples.reduce((sum, { records }) => sum + records.length, 0),
    }));
    return c.json({ items });
  })

  .post("/:name/install", async (c) => {
    const { workspace, principal, now, services } = c.var;
    const body = c.req.header("content-type") === undefined ? {} : await readObject(c);
    const adopt = Array.isArray(body.adopt) ? body.adopt.filter((it) => typeof it === "string") : [];
    const packages = await readTemplates(services.templates);
    const name = c.req.param("name");
    const samples = body.samples === true;
    const installed = await install(workspace, { packages, name, samples, adopt: new Set(adopt), principal, now });
    return c.json(installed, installed.operation === undefined ? 200 : 202);
  });

/** How many documents of each kind a package brings. */
function countByKind(documents: readonly AnyDocument[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const document of documents) counts[kindOf(document)] = (counts[kindOf(document)] ?? 0) + 1;
  return counts;
}
