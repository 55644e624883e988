import { Hono } from "hono";
import type { App } from "../app.ts";
import { seers } from "../store/seers.ts";
import { sceneOf } from "./records.ts";

/** Who sees a record, and why. */
export const access = new Hono<App>().get("/:entity/:id/access", async (c) => {
  const { entity, id } = c.req.param();
  return c.json(await seers(sceneOf(c), entity, id));
});
