import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { compress } from "hono/compress";
import type { App } from "./app.ts";

/**
 * The built studio in `folder`. Every path that is no file answers with the one page, which finds its way by itself; a
 * file that is missing is missing.
 */
export async function studioFrom(folder: string): Promise<Hono<App>> {
  const page = await readFile(join(folder, "index.html"), "utf8");
  const studio = new Hono<App>();
  studio.use(compress());
  studio.use("/_app/immutable/*", async (c, next) => {
    await next();
    if (c.res.ok) c.header("cache-control", "public, max-age=31536000, immutable");
  });
  studio.use(serveStatic({ root: folder }));
  studio.get("/_app/*", (c) => c.notFound());
  studio.get("*", (c) => c.html(page, 200, { "cache-control": "no-cache" }));
  return studio;
}
