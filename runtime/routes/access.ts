import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { listShares, share } from "../store/shares.ts";
import { explain } from "../store/explain.ts";
import { seers } from "../store/seers.ts";
import { sceneOf } from "./records.ts";

/** Who sees a record, and why; and sharing it one by one. */
export const access = new Hono<App>()

  .get("/:entity/:id/access", async (c) => {
    const { entity, id } = c.req.param();
    const of = c.req.query("of");
    return c.json(of === undefined ? await seers(sceneOf(c), entity, id) : await explain(sceneOf(c), entity, id, of));
  })

  .get("/:entity/:id/shares", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await listShares(sceneOf(c), entity, id));
  })

  .put("/:entity/:id/shares/:with", async (c) => {
    const { entity, id, with: grantee } = c.req.param();
    const given = await readObject(c);
    const { operation, result } = await share(sceneOf(c), { entity, id, grantee, given });
    return c.json({ with: grantee, ...result }, 200, { "trellis-operation": operation });
  })

  .delete("/:entity/:id/shares/:with", async (c) => {
    const { entity, id, with: grantee } = c.req.param();
    const { operation } = await share(sceneOf(c), { entity, id, grantee, given: undefined });
    c.header("trellis-operation", operation);
    return c.body(null, 204);
  });
