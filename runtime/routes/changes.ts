import { fault, kindOf, nameOf, problem, readMappings, refuse, shapeFaults, type Fault } from "engine";
import { Hono } from "hono";
import type { AnyDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { newId } from "../id.ts";
import { onlyAdmins } from "../people.ts";
import { patchChange, problemsOfChange, problemsOfDraft, publishChange, undoChange } from "../store/changes.ts";
import {
  addressOf,
  applyDrafts,
  type Drafts,
  createChange,
  discardChange,
  listChanges,
  readChange,
} from "../store/documents.ts";
import { planChange, planDocuments } from "../store/plan-change.ts";
import { readPublished } from "../store/switch.ts";
import { answer, by } from "./publishing.ts";

/** Changes: drafts that are planned, published and undone together. */
export const changes = new Hono<App>()

  .use(onlyAdmins("publish changes"))

  .get("/", async (c) => c.json({ items: await listChanges(c.var.workspace.pool, c.var.workspace) }))

  .post("/", async (c) => {
    const { reason } = await readObject(c);
    const { workspace, principal, now } = c.var;
    const told = typeof reason === "string" ? reason.slice(0, 500) : "";
    const change = { id: newId(now), reason: told, author: principal.id, now };
    return c.json(await createChange(workspace.pool, workspace, change), 201);
  })

  .post("/plan", async (c) => {
    const { workspace, now } = c.var;
    const { documents } = await readObject(c);
    const model = await readPublished(workspace.pool, workspace);
    const given = { documents: applyDrafts(model.documents, readDrafts(documents)), mappings: {} };
    return c.json(await planDocuments(workspace, model, given, now));
  })

  .get("/:id", async (c) => c.json(await readChange(c.var.workspace.pool, c.var.workspace.schema, c.req.param("id"))))

  .patch("/:id", async (c) => {
    const { reason, mappings } = await readObject(c);
    const read = mappings === undefined ? undefined : readMappings(mappings);
    refuse(read?.faults ?? []);
    if (reason !== undefined && typeof reason !== "string")
      throw problem("body.malformed", { fault: "a reason is a text", path: "/reason" });
    return c.json(
      await patchChange(c.var.workspace, c.req.param("id"), {
        ...(typeof reason === "string" ? { reason: reason.slice(0, 500) } : {}),
        ...(read ? { mappings: read.mappings } : {}),
      }),
    );
  })

  .post("/:id/check", async (c) => {
    const { kind, name, document } = await readObject(c);
    const { workspace, model } = c.var;
    const change = await readChange(workspace.pool, workspace.schema, c.req.param("id"));
    if (document === undefined) return c.json({ problems: problemsOfChange(model.documents, change) });
    if (typeof document !== "object" || document === null)
      throw problem("body.malformed", { fault: "a document is wanted", path: "/document" });
    const faults = shapeFaults(document as Record<string, unknown>);
    if (faults.length > 0) return c.json({ problems: faults });
    const given = document as AnyDocument;
    const address = addressOf(String(kind), String(name));
    if (addressOf(kindOf(given), nameOf(given)) !== address)
      return c.json({
        problems: [fault("document.misplaced", { name: addressOf(kindOf(given), nameOf(given)), path: "/$id" })],
      });
    const drafts = { ...change.drafts, [address]: given };
    return c.json({ problems: problemsOfDraft(model.documents, { ...change, drafts }, kindOf(given), nameOf(given)) });
  })

  .delete("/:id", async (c) => {
    await discardChange(c.var.workspace, c.req.param("id"));
    return c.body(null, 204);
  })

  .post("/:id/plan", async (c) => c.json(await planChange(c.var.workspace, c.req.param("id"), c.var.now)))

  .post("/:id/publish", async (c) => answer(c, await publishChange(c.var.workspace, c.req.param("id"), by(c))))

  .post("/:id/undo", async (c) => answer(c, await undoChange(c.var.workspace, c.req.param("id"), by(c))));

/** Documents to be, and such that are to go, as they are sent all together. */
function readDrafts(given: unknown): Drafts {
  if (!Array.isArray(given)) throw problem("body.malformed", { fault: "a list is wanted", path: "/documents" });
  const faults: Fault[] = [];
  const drafts = given.map((it, at) => {
    const { kind, name, document = null } = Object(it) as { kind?: unknown; name?: unknown; document?: unknown };
    const found = document === null ? [] : shapeFaults(document);
    faults.push(...found.map((one) => ({ ...one, path: `/documents/${at}/document${one.path}` })));
    return [addressOf(String(kind), String(name)), document as AnyDocument | null] as const;
  });
  refuse(faults);
  return Object.fromEntries(drafts);
}
