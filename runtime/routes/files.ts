import { Hono } from "hono";
import { stream } from "hono/streaming";
import type { App } from "../app.ts";
import { fileBytes, findFile } from "../store/files.ts";

/**
 * Files that somebody's work has made, for her: error files, exports; and those of records, for whoever sees these.
 * Always to be saved, never shown.
 */
export const files = new Hono<App>().get("/:id", async (c) => {
  const { pool, schema } = c.var.workspace;
  const file = await findFile(c.var, c.req.param("id"));
  c.header("content-type", file.type);
  c.header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
  c.header("content-length", String(file.sizeBytes));
  return stream(c, async (out) => {
    for await (const bytes of fileBytes(pool, schema, file.id)) await out.write(bytes);
  });
});
