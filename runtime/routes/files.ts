import { Hono } from "hono";
import { stream } from "hono/streaming";
import type { App } from "../app.ts";
import { fileBytes, findFile } from "../store/files.ts";

/** Files that somebody's work has made: error files, exports. Always to be saved, never shown. */
export const files = new Hono<App>().get("/:id", async (c) => {
  const { workspace, principal } = c.var;
  const file = await findFile(workspace.pool, workspace.schema, c.req.param("id"), principal);
  c.header("content-type", file.type);
  c.header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
  c.header("content-length", String(file.sizeBytes));
  return stream(c, async (out) => {
    for await (const bytes of fileBytes(workspace.pool, workspace.schema, file.id)) await out.write(bytes);
  });
});
