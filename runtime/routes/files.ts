import { Hono } from "hono";
import { stream } from "hono/streaming";
import type { App } from "../app.ts";
import { fileBytes, findFile, recordFile } from "../store/files.ts";
import { readBack } from "../store/read-back.ts";
import type { ReadScene } from "../store/read.ts";

/**
 * Files that somebody's work has made, for her: error files, exports; and those of records, for whoever sees these.
 * Always to be saved, never shown.
 */
export const files = new Hono<App>().get("/:id", async (c) => {
  const { workspace, principal } = c.var;
  const id = c.req.param("id");
  const shared = await recordFile(workspace.pool, workspace.schema, id);
  const file =
    shared && (await sees(c.var, shared)) ? shared : await findFile(workspace.pool, workspace.schema, id, principal);
  c.header("content-type", file.type);
  c.header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
  c.header("content-length", String(file.sizeBytes));
  return stream(c, async (out) => {
    for await (const bytes of fileBytes(workspace.pool, workspace.schema, file.id)) await out.write(bytes);
  });
});

async function sees(scene: ReadScene, { entity, record }: { readonly entity: string; readonly record: string }) {
  const found = [...scene.model.entities.values()].find(({ anchor }) => anchor === entity);
  if (!found || !scene.access.entity(found.name)) return false;
  return (await readBack(scene, found.name, [record])).length > 0;
}
