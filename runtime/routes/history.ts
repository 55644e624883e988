import { problem } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readHistory, readKeyset } from "../store/history.ts";
import { readTimeline } from "../store/timeline.ts";

/** What a record has been, and what happened around it. */
export const history = new Hono<App>()

  .get("/:entity/:id/history", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await readHistory(c.var, entity, id, pageOf(c)));
  })

  .get("/:entity/:id/timeline", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await readTimeline(c.var, entity, id, pageOf(c)));
  });

const limitMax = 200;

function pageOf(c: Context<App, any>) {
  const given = c.req.query("limit") ?? "50";
  if (!/^\d{1,3}$/.test(given) || Number(given) < 1 || Number(given) > limitMax)
    throw problem("query.limit", { max: limitMax, path: "/limit" });
  return { before: readKeyset(c.req.query("cursor")), limit: Number(given) };
}
