import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { listShares, readLevel, share } from "../store/shares.ts";
import { seers } from "../store/seers.ts";
import { sceneOf } from "./records.ts";

/** Who sees a record, and why; and sharing it one by one. */
export const access = new Hono<App>()

  .get("/:entity/:id/access", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await seers(sceneOf(c), entity, id));
  })

  .get("/:entity/:id/shares", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await listShares(sceneOf(c), entity, id));
  })

  .put("/:entity/:id/shares/:with", async (c) => {
    const { entity, id, with: grantee } = c.req.param();
    const level = readLevel(await readObject(c));
    const { operation } = await share(sceneOf(c), { entity, id, grantee, level });
    return c.json({ with: grantee, level }, 200, { "trellis-operation": operation });
  })

  .delete("/:entity/:id/shares/:with", async (c) => {
    const { entity, id, with: grantee } = c.req.param();
    const { operation } = await share(sceneOf(c), { entity, id, grantee, level: undefined });
    c.header("trellis-operation", operation);
    return c.body(null, 204);
  });
