import { fault, kindOf, nearest, problem, readMappings, refuse, type Decision, type Fault } from "engine";
import { Hono, type Context } from "hono";
import type { AnyDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { install, planInstall, type Installing } from "../store/install.ts";
import { countSamples, removeSamples } from "../store/sample-removal.ts";
import { readTemplates } from "../store/template-files.ts";
import { planUninstall, uninstall, type Leaving } from "../store/uninstall.ts";

/** The gallery: packages of documents, and which of them the workspace has. */
export const templates = new Hono<App>()

  .use(onlyAdmins("install templates"))

  .get("/", async (c) => {
    const packages = await readTemplates(c.var.services.templates);
    const standing = await countSamples(c.var.workspace.pool, c.var.workspace);
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
      samples_standing: standing.get(manifest.$id) ?? 0,
    }));
    return c.json({ items });
  })

  .post("/:name/plan", async (c) => c.json(await planInstall(c.var.workspace, await installing(c))))

  .post("/:name/install", async (c) => {
    const installed = await install(c.var.workspace, await installing(c));
    return c.json(installed, installed.operation === undefined ? 200 : 202);
  })

  .post("/:name/uninstall/plan", async (c) => {
    const data = readLeaving((await bodyOf(c)).data);
    return c.json(await planUninstall(c.var.workspace, { name: c.req.param("name"), data, now: c.var.now }));
  })

  .post("/:name/uninstall", async (c) => {
    const { workspace, principal, now } = c.var;
    const data = readLeaving((await bodyOf(c)).data);
    return c.json(await uninstall(workspace, { name: c.req.param("name"), data, principal, now }));
  })

  .delete("/:name/samples", async (c) => {
    const { workspace, principal, now } = c.var;
    const removed = await removeSamples(workspace, principal, c.req.param("name"), now);
    return c.json(removed, 200, { "trellis-operation": removed.operation });
  });

async function bodyOf(c: Context<App>): Promise<Readonly<Record<string, unknown>>> {
  return c.req.header("content-type") === undefined ? {} : readObject(c);
}

async function installing(c: Context<App, any>): Promise<Installing> {
  const { principal, now, services } = c.var;
  const { samples, adopt, decisions, mappings } = await bodyOf(c);
  const read = readMappings(mappings ?? {});
  const faults: Fault[] = [...read.faults];
  const chosen = readDecisions(decisions, faults);
  refuse(faults);
  return {
    packages: await readTemplates(services.templates),
    name: c.req.param("name") ?? "",
    samples: samples === true,
    adopt: new Set(Array.isArray(adopt) ? adopt.filter((it) => typeof it === "string") : []),
    decisions: chosen,
    mappings: read.mappings,
    principal,
    now,
  };
}

function readDecisions(given: unknown, faults: Fault[]): readonly Decision[] {
  if (given === undefined) return [];
  const wanted = "a list of {document, path, choice}, the choice yours or theirs";
  if (!Array.isArray(given)) {
    faults.push(fault("body.malformed", { fault: `${wanted} is wanted`, path: "/decisions" }));
    return [];
  }
  for (const [at, it] of given.entries())
    if (
      typeof it?.document !== "string" ||
      typeof it.path !== "string" ||
      (it.choice !== "yours" && it.choice !== "theirs")
    )
      faults.push(fault("body.malformed", { fault: `${wanted} is wanted`, path: `/decisions/${at}` }));
  return given as Decision[];
}

function readLeaving(given: unknown): Leaving {
  if (given === "keep" || given === "hide") return given;
  const hint = nearest(String(given), ["keep", "hide"]);
  throw problem("body.malformed", {
    fault: 'what becomes of its data is "keep" or "hide"',
    path: "/data",
    ...(hint === undefined ? {} : { hint }),
  });
}

/** How many documents of each kind a package brings. */
function countByKind(documents: readonly AnyDocument[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const document of documents) counts[kindOf(document)] = (counts[kindOf(document)] ?? 0) + 1;
  return counts;
}
