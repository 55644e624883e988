import { problem } from "engine";
import { Hono, type Context } from "hono";
import { stream } from "hono/streaming";
import type { App } from "../app.ts";
import { readFileForm } from "../body.ts";
import { readRange } from "../byte-range.ts";
import { savedAs } from "../file-name.ts";
import { attach, attachedBytesMax, detach } from "../store/attachments.ts";
import { fileBytes, filesOf, findFile, mustSee } from "../store/files.ts";
import { sceneOf } from "./records.ts";

/**
 * Files that somebody's work has made, for her: error files, exports; and those of records, for whoever sees these.
 * Always to be saved, never shown: a browser that opens one all the same runs nothing of it and lends it nothing of ours.
 */
export const files = new Hono<App>().get("/:id", async (c) => {
  const { pool, schema } = c.var.workspace;
  const file = await findFile(c.var, c.req.param("id"));
  const etag = `"${file.sha256}"`;
  c.header("etag", etag);
  c.header("accept-ranges", "bytes");
  c.header("content-security-policy", "default-src 'none'; sandbox");
  if (isKnown(c, etag)) return c.body(null, 304);
  const range = c.req.header("if-range") ?? etag;
  const part = readRange(range === etag && c.req.method === "GET" ? c.req.header("range") : undefined, file.sizeBytes);
  if (part === null) {
    c.header("content-range", `bytes */${file.sizeBytes}`);
    throw problem("file.range", { bytes: file.sizeBytes });
  }
  const { from, until } = part ?? { from: 0, until: file.sizeBytes };
  if (part) c.header("content-range", `bytes ${from}-${until - 1}/${file.sizeBytes}`);
  c.status(part ? 206 : 200);
  c.header("content-type", file.type);
  c.header("content-disposition", savedAs(file.name));
  c.header("content-length", String(until - from));
  return stream(c, async (out) => {
    for await (const bytes of fileBytes(pool, schema, file.id, { from, until })) await out.write(bytes);
  });
});

/** Whether the caller says that she has the file as it is. */
function isKnown(c: Context<App>, etag: string): boolean {
  const tags = (c.req.header("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

/** The files of a record, for whoever sees it; who may change it brings and takes them. Nothing is read of what comes for another. */
export const recordFiles = new Hono<App>()

  .get("/:entity/:id/files", async (c) => {
    const { entity, id } = c.req.param();
    return c.json({ items: await filesOf(c.var, entity, id) });
  })

  .post("/:entity/:id/files", async (c) => {
    const { entity, id } = c.req.param();
    await mustSee(c.var, entity, id);
    const { name, bytes } = await readFileForm(c, attachedBytesMax);
    const { operation, result } = await attach(sceneOf(c), { entity, id }, { name, bytes });
    return c.json(result, 201, { location: `/api/files/${result.id}`, "trellis-operation": operation });
  })

  .delete("/:entity/:id/files/:file", async (c) => {
    const { operation } = await detach(sceneOf(c), c.req.param());
    return c.body(null, 204, { "trellis-operation": operation });
  });
