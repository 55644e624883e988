import { createRequire } from "node:module";
import { dirname, relative } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { accessFor, openApi, type Access, type Model } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { contentPolicy } from "../content-policy.ts";

/** Written once for a model and a set of roles. */
const written = new WeakMap<Model, WeakMap<Access, string>>();

function textFor(model: Model, access: Access): string {
  const ofModel = written.get(model) ?? new WeakMap<Access, string>();
  written.set(model, ofModel);
  const text = ofModel.get(access) ?? JSON.stringify(openApi(model, access));
  ofModel.set(access, text);
  return text;
}

/** The interface of this workspace as its caller may use it (OpenAPI 3.1). */
export const openapi = new Hono<App>().get("/", (c) =>
  c.body(textFor(c.var.spoken, accessFor(c.var.spoken, c.var.principal)), 200, {
    "content-type": "application/vnd.oai.openapi+json; charset=utf-8",
  }),
);

const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const files = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API · Trellis</title>
    <link rel="icon" href="/mark.svg" />
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <main id="docs"></main>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>`;

const start = `SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#docs", deepLinking: true, docExpansion: "none", persistAuthorization: false });`;

/** The same to read and to try out, for whoever is signed in. */
export const docs = new Hono<App>()
  .get("/", (c) => c.html(page, 200, { "content-security-policy": contentPolicy() }))
  .get("/start.js", (c) => c.body(start, 200, { "content-type": "text/javascript; charset=utf-8" }))
  .get("/:file", async (c, next) => {
    const { file } = c.req.param();
    if (!files.includes(file)) return next();
    const serve = serveStatic({ root: relative(process.cwd(), folder), rewriteRequestPath: () => `/${file}` });
    const answer = await serve(c, next);
    answer?.headers.set("cache-control", "public, max-age=86400");
    return answer;
  });
