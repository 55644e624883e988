import { Hono } from "hono";
import type { App } from "../app.ts";
import type { Metrics } from "../metrics.ts";
import { onlyAdmins } from "../people.ts";
import { shared } from "../shared.ts";

const written = shared((metrics: Metrics) => metrics.text());

/** What the process measures of itself, for who looks after the workspace: Prometheus asks with a key. */
export const metricsRoute = (metrics: Metrics) =>
  new Hono<App>()
    .use(onlyAdmins("look after the workspace"))
    .get("/", async (c) => c.body(await written(metrics), 200, { "content-type": metrics.contentType }));
