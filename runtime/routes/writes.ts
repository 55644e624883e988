import { problem } from "engine";
import { Hono, type Context } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readJson, readObject } from "../body.ts";
import { newId } from "../id.ts";
import { changeInBulk, previewBulk, readBulk } from "../store/bulk.ts";
import { formFor, readForm } from "../store/form.ts";
import { operate } from "../store/operation.ts";
import { writeAndRead, type Written } from "../store/read-back.ts";
import { createRecords, patchRecords, trashRecord, type RecordPatch } from "../store/records.ts";
import { restoreRecord } from "../store/restore.ts";
import { wantedVersion } from "../wanted-version.ts";
import { asked } from "./asked.ts";

type Request = Context<App, any>;

/** How records are made, changed, moved to the trash and taken out of it, and what forms make of them before. Each write is one operation. */
export const writes = new Hono<App>()

  .post("/:entity", async (c) => {
    const entity = c.req.param("entity");
    const body = await readJson(c);
    const many = Array.isArray(body);
    const given: readonly unknown[] = many ? body : [body];
    const told = { kind: "create", title: `Create in ${titleOf(c, entity)}` };
    const make = (how: typeof told) =>
      writeAndRead(c.var, entity, how, (tx, scene) => createRecords(tx, scene, entity, given, many));
    if (many) return manyTold(c, await make(told), 201);
    const written = await asked(c, (how) => make({ ...told, ...how }));
    return oneTold(c, written, 201, { location: `/api/records/${entity}/${written.ids[0] ?? ""}` });
  })

  .patch("/:entity/:id", async (c) => {
    const { entity, id } = c.req.param();
    const version = wantedVersion(c);
    const input = await readObject(c);
    const told = { kind: "update", title: `Change ${titleOf(c, entity)}` };
    const written = await asked(c, (how) =>
      writeAndRead(c.var, entity, { ...told, ...how }, (tx, scene) =>
        patchRecords(tx, scene, entity, [{ id, version, input, path: "" }]),
      ),
    );
    return oneTold(c, written, 200);
  })

  .patch("/:entity", async (c) => {
    const entity = c.req.param("entity");
    const patches = readPatches(await readJson(c));
    const written = await writeAndRead(
      c.var,
      entity,
      { kind: "update", title: `Change ${patches.length} in ${titleOf(c, entity)}` },
      (tx, scene) => patchRecords(tx, scene, entity, patches),
    );
    return manyTold(c, written, 200);
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
    const { workspace, principal, now } = c.var;
    const told = { kind: "trash", title: `Move ${titleOf(c, entity)} to the trash`, now, sole: true };
    const { operation } = await operate(workspace, principal, told, (tx, scene) =>
      trashRecord(tx, scene, entity, { id, version }),
    );
    c.header("trellis-operation", operation);
    return c.body(null, 204);
  })

  .post("/:entity/:id/restore", async (c) => {
    const { entity, id } = c.req.param();
    const told = { kind: "restore", title: `Restore ${titleOf(c, entity)}` };
    const written = await asked(c, (how) =>
      writeAndRead(c.var, entity, { ...told, ...how }, async (tx, scene) => {
        await restoreRecord(tx, scene, entity, id);
        return [id];
      }),
    );
    return oneTold(c, written, 200);
  });

/** One record that was written, as its writer sees it: where she does not, its id alone. */
function oneTold(
  c: Request,
  { ids, items, operation }: Written,
  status: 200 | 201,
  more: Readonly<Record<string, string>> = {},
): Response {
  const [made] = items;
  const etag: Record<string, string> = made ? { etag: `"${made.version}"` } : {};
  const text = made?.text ?? JSON.stringify({ id: ids[0] });
  return answerJson(c, text, status, { "trellis-operation": operation, ...etag, ...more });
}

function manyTold(c: Request, { items, operation }: Written, status: 200 | 201): Response {
  const texts = items.map(({ text }) => text).join(",");
  const text = `{"operation":${JSON.stringify(operation)},"items":[${texts}]}`;
  return answerJson(c, text, status, { "trellis-operation": operation });
}

function titleOf(c: Request, entity: string): string {
  return c.var.model.entities.get(entity)?.title ?? entity;
}

/** Many changes: each record says which one it is and which version was seen. Where it does not, that is told of it. */
function readPatches(body: unknown): readonly RecordPatch[] {
  if (!Array.isArray(body)) throw problem("body.malformed", { fault: "a list of records is wanted" });
  return body.map((given: unknown, at): RecordPatch => {
    const { id, version, ...input } =
      typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
    const seen = Number.isSafeInteger(version) ? Number(version) : "wanted";
    return { id: String(id ?? ""), version: seen, input, path: `/${at}` };
  });
}
