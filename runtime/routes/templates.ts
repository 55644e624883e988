import {
  allLeavesOf,
  fault,
  kindOf,
  nameOf,
  nearest,
  problem,
  readMappings,
  refuse,
  type Decision,
  type Fault,
} from "engine";
import { Hono, type Context } from "hono";
import type { AnyDocument, TemplateDocument, WorkflowDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { shared } from "../shared.ts";
import { install, planInstall, type Installing } from "../store/install.ts";
import { countSamples, removeSamples } from "../store/sample-removal.ts";
import { bringPackage, dropPackage, packageBytesMax, readGallery } from "../store/packages.ts";
import { exportPackage } from "../store/template-export.ts";
import { planUninstall, uninstall, type Leaving } from "../store/uninstall.ts";
import type { Workspace } from "../workspace.ts";

/** What the gallery shows of each package. */
const listed = shared(async (workspace: Workspace, folder: string) => {
  const packages = await readGallery(folder, workspace);
  const standing = await countSamples(workspace.pool, workspace);
  return inOrder([...packages.values()]).map(({ manifest, documents, samples, brought }) => ({
    name: manifest.$id,
    title: manifest.title,
    description: manifest.description ?? "",
    icon: manifest.icon ?? "",
    version: manifest.version,
    needs: manifest.needs ?? {},
    installed: workspace.model.templates.get(manifest.$id)?.version ?? null,
    documents: documents.length,
    contents: countByKind(documents),
    brings: documents.map(broughtOf),
    samples: samples.reduce((sum, { records }) => sum + records.length, 0),
    brought,
    samples_standing: standing.get(manifest.$id) ?? 0,
  }));
});

/** The gallery: packages of documents, and which of them the workspace has. */
export const templates = new Hono<App>()

  .use(onlyAdmins("install templates"))

  .get("/", async (c) => c.json({ items: await listed(c.var.workspace, c.var.services.templates) }))

  .get("/export", async (c) => {
    const { workspace, principal, now } = c.var;
    const { name = "", title, version, description, samples = "" } = c.req.query();
    refuse(exportFaults(name, version));
    const told = { name, title, version, description, samples: samples.split(",").filter((it) => it !== "") };
    const bytes = await exportPackage(workspace, principal, told, now);
    c.header("content-disposition", `attachment; filename="${name}.zip"`);
    return c.body(new Uint8Array(bytes), 200, { "content-type": "application/zip" });
  })

  .post("/", async (c) => {
    const { workspace, principal, now } = c.var;
    const bytes = await readPackageForm(c);
    const { manifest } = await bringPackage(workspace.pool, workspace, bytes, { by: principal.id, now });
    return c.json({ name: manifest.$id, title: manifest.title, version: manifest.version }, 201);
  })

  .delete("/:name", async (c) => {
    await dropPackage(c.var.workspace.pool, c.var.workspace, c.req.param("name"));
    return c.body(null, 204);
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

function exportFaults(name: string, version: string | undefined): readonly Fault[] {
  const wrong = (path: string, wanted: string) => fault("setup.value", { wanted, path });
  return [
    ...(/^[a-z][a-z0-9_]{0,39}$/.test(name) ? [] : [wrong("/name", "a name of small letters, digits and underscores")]),
    ...(version === undefined || /^\d+\.\d+\.\d+$/.test(version) ? [] : [wrong("/version", "a version like 1.0.0")]),
  ];
}

async function readPackageForm(c: Context<App>): Promise<Uint8Array> {
  if (!/^multipart\/form-data\b/i.test(c.req.header("content-type") ?? ""))
    throw problem("body.type", { type: c.req.header("content-type") ?? "" });
  if (Number(c.req.header("content-length") ?? 0) > packageBytesMax + 100_000)
    throw problem("file.too_large", { bytesMax: packageBytesMax });
  const form = await c.req.parseBody().catch(() => {
    throw problem("body.malformed", { fault: "the form cannot be read" });
  });
  const file = form.package;
  if (!(file instanceof File)) throw problem("body.malformed", { fault: "a file is wanted", path: "/package" });
  if (file.size > packageBytesMax) throw problem("file.too_large", { bytesMax: packageBytesMax });
  return new Uint8Array(await file.arrayBuffer());
}

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
    packages: await readGallery(services.templates, c.var.workspace),
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

/** A document as the gallery shows it; of a workflow also how many states it has. */
function broughtOf(document: AnyDocument) {
  const title = "title" in document ? document.title : "meta" in document ? document.meta.title : nameOf(document);
  const states = kindOf(document) === "workflow" ? allLeavesOf(document as WorkflowDocument).length : undefined;
  return { kind: kindOf(document), name: nameOf(document), title, ...(states === undefined ? {} : { states }) };
}

/** How many documents of each kind a package brings. */
function countByKind(documents: readonly AnyDocument[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const document of documents) counts[kindOf(document)] = (counts[kindOf(document)] ?? 0) + 1;
  return counts;
}

/** Templates as one meets them: what others build on before those, and by name where neither does. */
function inOrder<Package extends { readonly manifest: TemplateDocument }>(packages: readonly Package[]): Package[] {
  const named = new Map(packages.map((it) => [it.manifest.$id, it]));
  const found = new Set<Package>();
  const visit = (it: Package, trail: readonly string[]): void => {
    const { $id, needs = {} } = it.manifest;
    for (const name of Object.keys(needs)) {
      const below = named.get(name);
      if (below && !trail.includes(name)) visit(below, [...trail, $id]);
    }
    found.add(it);
  };
  for (const it of packages) visit(it, []);
  return [...found];
}
