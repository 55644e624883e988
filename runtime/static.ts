import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { compress } from "hono/compress";
import type { App } from "./app.ts";
import { contentPolicy } from "./content-policy.ts";

/**
 * The built studio in `folder`. Every path that is no file answers with the one page, which finds its way by itself; a
 * file that is missing is missing. The page's own script is named by its hash, no other one runs.
 */
export async function studioFrom(folder: string): Promise<Hono<App>> {
  const page = await readFile(join(folder, "index.html"), "utf8");
  const hashes = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  const studio = new Hono<App>();
  studio.use(compress());
  studio.use("/_app/immutable/*", async (c, next) => {
    await next();
    if (c.res.ok) c.header("cache-control", "public, max-age=31536000, immutable");
  });
  const headers = { "cache-control": "no-cache", "content-security-policy": contentPolicy(hashes) };
  studio.get("/", (c) => c.html(page, 200, headers));
  studio.use(serveStatic({ root: folder }));
  studio.get("/_app/*", (c) => c.notFound());
  studio.get("*", (c) => c.html(page, 200, headers));
  return studio;
}
