import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { look, lookAway, readLooking, readTab, whoIsThere } from "../store/presence.ts";
import { getRecord, reading } from "../store/read.ts";
import { rightsBy, sceneOf } from "./records.ts";

/**
 * Who looks at a record now, and what of it she is editing. A tab says so every few seconds and hears who else is there;
 * `/api/live` tells it when that changes. Who does not say it any more is gone within seconds.
 */
export const presence = new Hono<App>()

  .post("/:entity/:id/presence", async (c) => {
    const { entity, id } = c.req.param();
    const body = await readObject(c);
    await mustSee(c, entity, id);
    const scene = sceneOf(c);
    await look(scene, entity, id, readLooking(scene, entity, body));
    return c.json({ there: await whoIsThere(scene, entity, id) });
  })

  .delete("/:entity/:id/presence", async (c) => {
    const { entity, id } = c.req.param();
    await mustSee(c, entity, id);
    await lookAway(sceneOf(c), readTab(c.req.query("tab")));
    return c.body(null, 204);
  });

/** Only who sees a record is at it. Throws `record.missing`. */
async function mustSee(c: Context<App>, entity: string, id: string): Promise<void> {
  await reading(sceneOf(c), rightsBy(c), (scene) => getRecord(scene, entity, id, { fields: "id" }));
}
