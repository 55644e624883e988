import { problem } from "engine";
import type { Context } from "hono";
import { stream } from "hono/streaming";
import { readRange } from "./byte-range.ts";
import { savedAs } from "./file-name.ts";
import { fileBytes, type StoredFile } from "./store/files.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Answers with a stored file, whole or in part. Always to be saved, never shown: a browser that opens one all the same runs
 * nothing of it and lends it nothing of ours.
 */
export function answerFile(c: Context<any, any>, { pool, schema }: Workspace, file: StoredFile): Response {
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
}

/** Whether the caller says that she has the file as it is. */
function isKnown(c: Context<any, any>, etag: string): boolean {
  const tags = (c.req.header("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
