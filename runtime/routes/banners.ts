import { Hono } from "hono";
import type { App } from "../app.ts";
import { bannersOf } from "../store/banners.ts";
import { operate } from "../store/operation.ts";

/** What is said above a record as it stands. */
export const banners = new Hono<App>().get("/:entity/:id/banners", async (c) => {
  const { entity, id } = c.req.param();
  const { workspace, principal, now } = c.var;
  const told = { kind: "look", title: "Look at banners", now, operation: id };
  const { result } = await operate(workspace, principal, told, (tx, scene) => bannersOf(tx, scene, entity, id));
  return c.json({ items: result });
});
