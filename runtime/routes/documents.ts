import { addressAt, kindOf, nameOf, problem, refuse, shapeFaults } from "engine";
import { Hono } from "hono";
import { schemas, type AnyDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { problemsOfDraft } from "../store/changes.ts";
import { readUses } from "../store/uses.ts";
import { addressOf, readChange, saveDraft } from "../store/documents.ts";

/** The documents of the workspace: what is published, and with `?change=` what a change makes of it. */
export const documents = new Hono<App>()

  .use(onlyAdmins("see and change documents"))

  .get("/", (c) => {
    const { model } = c.var;
    const kind = c.req.query("kind");
    const items = model.documents.filter((document) => kind === undefined || kindOf(document) === kind);
    return c.json({ version: model.version, items });
  })

  .get("/:kind/:name", async (c) => {
    const { kind, name } = c.req.param();
    const change = c.req.query("change");
    const { pool, schema } = c.var.workspace;
    const drafts = change === undefined ? {} : (await readChange(pool, schema, change)).drafts;
    const address = addressOf(kind, name);
    const document = Object.hasOwn(drafts, address) ? drafts[address] : published(c.var.model.documents, kind, name);
    if (!document) throw problem("document.missing", { kind, name });
    return c.json(document);
  })

  .get("/:kind/:name/uses", async (c) => {
    const { workspace, model, now } = c.var;
    const { kind, name } = c.req.param();
    return c.json(await readUses(workspace, model, addressAt(model, kind, name, c.req.query("at")), now));
  })

  .put("/:kind/:name", async (c) => {
    const { kind, name } = c.req.param();
    const { workspace, model } = c.var;
    const id = changeId(c.req.query("change"));
    const given = await readObject(c);
    refuse(shapeFaults(given));
    const document = given as unknown as AnyDocument;
    if (kindOf(document) !== kind || nameOf(document) !== name)
      throw problem("document.misplaced", { name: addressOf(kindOf(document), nameOf(document)) });
    const change = await saveDraft(workspace, id, { kind, name, document });
    return c.json({ change: id, kind, name, problems: problemsOfDraft(model.documents, change, kind, name) });
  })

  .delete("/:kind/:name", async (c) => {
    const { kind, name } = c.req.param();
    const { workspace, model } = c.var;
    const id = changeId(c.req.query("change"));
    const change = await readChange(workspace.pool, workspace.schema, id);
    if (!published(model.documents, kind, name) && !change.drafts[addressOf(kind, name)])
      throw problem("document.missing", { kind, name });
    await saveDraft(workspace, id, { kind, name, document: null });
    return c.body(null, 204);
  });

function published(all: readonly AnyDocument[], kind: string, name: string): AnyDocument | undefined {
  if (!Object.hasOwn(schemas, kind)) throw problem("document.kind_unknown", { kind: kind.slice(0, 80) });
  return all.find((document) => kindOf(document) === kind && nameOf(document) === name);
}

function changeId(given: string | undefined): string {
  if (given === undefined) throw problem("change.needed", { path: "/change" });
  return given;
}
