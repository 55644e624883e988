import { problem } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readJson, readObject } from "../body.ts";
import { operate, type Operated, type OperationTold } from "../store/operation.ts";
import { readBack } from "../store/read-back.ts";
import { createRecords, isId, patchRecord, restoreRecord, trashRecord } from "../store/records.ts";

type Request = Context<App, any>;

/** How records are made, changed, moved to the trash and taken out of it. Each request is one operation. */
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
    if (many)
      return told(
        c,
        `{"operation":${JSON.stringify(operation)},"items":[${items.map(({ text }) => text).join(",")}]}`,
        201,
        operation,
      );
    const [made] = items;
    c.header("location", `/api/records/${entity}/${result[0] ?? ""}`);
    if (made) c.header("etag", `"${made.version}"`);
    return told(c, made?.text ?? JSON.stringify({ id: result[0] }), 201, operation);
  })

  .patch("/:entity/:id", async (c) => {
    const { entity, id } = c.req.param();
    const version = wantedVersion(c);
    const input = await readObject(c);
    const { operation } = await operating(c, { kind: "update", title: `Change ${titleOf(c, entity)}` }, (tx, scene) =>
      patchRecord(tx, scene, entity, { id, version, input }),
    );
    return record(c, entity, id, operation);
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
  return operate(workspace, principal, { ...told, now }, work);
}

async function record(c: Request, entity: string, id: string, operation: string): Promise<Response> {
  const [made] = isId(id) ? await readBack(c.var, entity, [id]) : [];
  if (made) c.header("etag", `"${made.version}"`);
  return told(c, made?.text ?? JSON.stringify({ id }), 200, operation);
}

function told(c: Request, text: string, status: 200 | 201, operation: string): Response {
  return c.body(text, status, { "content-type": "application/json", "trellis-operation": operation });
}

/** The version that `If-Match` names. Whatever it says that is no version of ours cannot be the present one. */
function wantedVersion(c: Request): number {
  const given = c.req.header("if-match");
  if (given === undefined) throw problem("record.version_wanted", {});
  return Number(/^(?:W\/)?"?(\d{1,9})"?$/.exec(given.trim())?.[1] ?? -1);
}

function titleOf(c: Request, entity: string): string {
  return c.var.model.entities.get(entity)?.title ?? entity;
}
