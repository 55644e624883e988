import { Hono } from "hono";
import type { App } from "../app.ts";
import type { Metrics } from "../metrics.ts";
import { onlyAdmins } from "../people.ts";

/** What the process measures of itself, for who looks after the workspace: Prometheus asks with a key. */
export const metricsRoute = (metrics: Metrics) =>
  new Hono<App>()
    .use(onlyAdmins("look after the workspace"))
    .get("/", async (c) => c.body(await metrics.text(), 200, { "content-type": metrics.contentType }));
