import { fault, problem, refuse } from "engine";
import { Hono, type Context } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readJson, readObject } from "../body.ts";
import { newId } from "../id.ts";
import { changeInBulk, previewBulk, readBulk } from "../store/bulk.ts";
import { formFor, readForm } from "../store/form.ts";
import { operate, type Operated, type OperationTold } from "../store/operation.ts";
import { readBack, type ReadBack } from "../store/read-back.ts";
import { createRecords, isId, patchRecords, restoreRecord, trashRecord, type RecordPatch } from "../store/records.ts";
import { wantedVersion } from "../wanted-version.ts";

type Request = Context<App, any>;

/** How records are made, changed, moved to the trash and taken out of it, and what forms make of them before. Each write is one operation. */
export const writes = new Hono<App>()

  .post("/:entity", async (c) => {
    const entity = c.req.param("entity");
    const body = await readJson(c);
    const many = Array.isArray(body);
    const given: readonly unknown[] = many ? body : [body];
    const { operation, result } = await operating(
      c,
      { kind: "create", title: `Create in ${titleOf(c, entity)}` },
      (tx, scene) => createRecords(tx, scene, entity, given, many),
    );
    const items = await readBack(c.var, entity, result);
    if (many) return manyTold(c, items, 201, operation);
    const place = { location: `/api/records/${entity}/${result[0] ?? ""}` };
    return oneTold(c, items[0], result[0] ?? "", { status: 201, operation }, place);
  })

  .patch("/:entity/:id", async (c) => {
    const { entity, id } = c.req.param();
    const version = wantedVersion(c);
    const input = await readObject(c);
    const { operation } = await operating(c, { kind: "update", title: `Change ${titleOf(c, entity)}` }, (tx, scene) =>
      patchRecords(tx, scene, entity, [{ id, version, input, path: "" }]),
    );
    return record(c, entity, id, operation);
  })

  .patch("/:entity", async (c) => {
    const entity = c.req.param("entity");
    const patches = readPatches(await readJson(c));
    const { operation } = await operating(
      c,
      { kind: "update", title: `Change ${patches.length} in ${titleOf(c, entity)}` },
      (tx, scene) => patchRecords(tx, scene, entity, patches),
    );
    const items = await readBack(
      c.var,
      entity,
      patches.map(({ id }) => id),
    );
    return manyTold(c, items, 200, operation);
  })

  .post("/:entity/bulk", async (c) => {
    const entity = c.req.param("entity");
    const request = readBulk(await readObject(c));
    if (request.preview) return c.json(await previewBulk(c.var, entity, request));
    const done = await changeInBulk(c.var, entity, request);
    return c.json(done, 200, { "trellis-operation": done.operation });
  })

  .post("/:entity/form", async (c) => {
    const entity = c.req.param("entity");
    const request = readForm(await readObject(c));
    const { workspace, principal, now } = c.var;
    const told = { kind: "look", title: "Look at a form", now, operation: newId(now) };
    const { result } = await operate(workspace, principal, told, (tx, scene) => formFor(tx, scene, entity, request));
    return c.json(result);
  })

  .delete("/:entity/:id", async (c) => {
    const { entity, id } = c.req.param();
    const version = wantedVersion(c);
    const { operation } = await operating(
      c,
      { kind: "trash", title: `Move ${titleOf(c, entity)} to the trash` },
      (tx, scene) => trashRecord(tx, scene, entity, { id, version }),
    );
    c.header("trellis-operation", operation);
    return c.body(null, 204);
  })

  .post("/:entity/:id/restore", async (c) => {
    const { entity, id } = c.req.param();
    const { operation } = await operating(c, { kind: "restore", title: `Restore ${titleOf(c, entity)}` }, (tx, scene) =>
      restoreRecord(tx, scene, entity, id),
    );
    return record(c, entity, id, operation);
  });

function operating<Result>(
  c: Request,
  told: Pick<OperationTold, "kind" | "title">,
  work: Parameters<typeof operate<Result>>[3],
): Promise<Operated<Result>> {
  const { workspace, principal, now } = c.var;
  return operate(workspace, principal, { ...told, now, sole: true }, work);
}

async function record(c: Request, entity: string, id: string, operation: string): Promise<Response> {
  const [made] = isId(id) ? await readBack(c.var, entity, [id]) : [];
  return oneTold(c, made, id, { status: 200, operation });
}

/** One record that was written, as its writer sees it: where she does not, its id alone. */
function oneTold(
  c: Request,
  made: ReadBack | undefined,
  id: string,
  { status, operation }: { readonly status: 200 | 201; readonly operation: string },
  more: Readonly<Record<string, string>> = {},
): Response {
  const etag: Record<string, string> = made ? { etag: `"${made.version}"` } : {};
  const text = made?.text ?? JSON.stringify({ id });
  return answerJson(c, text, status, { "trellis-operation": operation, ...etag, ...more });
}

function manyTold(c: Request, items: readonly ReadBack[], status: 200 | 201, operation: string): Response {
  const texts = items.map(({ text }) => text).join(",");
  const text = `{"operation":${JSON.stringify(operation)},"items":[${texts}]}`;
  return answerJson(c, text, status, { "trellis-operation": operation });
}

function titleOf(c: Request, entity: string): string {
  return c.var.model.entities.get(entity)?.title ?? entity;
}

/** Many changes: each record says which one it is and which version was seen. */
function readPatches(body: unknown): readonly RecordPatch[] {
  if (!Array.isArray(body)) throw problem("body.malformed", { fault: "a list of records is wanted" });
  const patches = body.map((given: unknown, at): RecordPatch => {
    const { id, version, ...input } =
      typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
    return { id: String(id ?? ""), version: typeof version === "number" ? version : Number.NaN, input, path: `/${at}` };
  });
  refuse(
    patches.flatMap(({ version, path }) =>
      Number.isSafeInteger(version) ? [] : [fault("record.version_wanted", { path: `${path}/version` })],
    ),
  );
  return patches;
}
