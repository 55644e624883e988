import { accessOf } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { notesKeys } from "../store/key-use.ts";
import { aggregate } from "../store/aggregate.ts";
import { facets, facetsAsked } from "../store/facets.ts";
import { getRecord, list, reading, type ReadScene } from "../store/read.ts";

/** The scene of a request that reads. */
export function sceneOf(c: Context<App>): ReadScene {
  const { workspace, model, access, principal, now } = c.var;
  return { workspace, model, access, principal, now };
}

const rightsBy = (c: Context<App>) => (model: Parameters<typeof accessOf>[0]) => accessOf(model, c.var.principal.roles);

/** Records as their readers may see them. */
export const records = new Hono<App>()

  .use("/:entity/*", notesKeys)

  .get("/:entity", async (c) => {
    const text = await reading(sceneOf(c), rightsBy(c), (scene) => list(scene, c.req.param("entity"), c.req.query()));
    return c.body(text, 200, { "content-type": "application/json" });
  })

  .get("/:entity/facets", async (c) => {
    const body = facetsAsked(c.req.query());
    return c.json(await reading(sceneOf(c), rightsBy(c), (scene) => facets(scene, c.req.param("entity"), body)));
  })

  .post("/:entity/facets", async (c) => {
    const body = await readObject(c);
    return c.json(await reading(sceneOf(c), rightsBy(c), (scene) => facets(scene, c.req.param("entity"), body)));
  })

  .get("/:entity/:id", async (c) => {
    const { entity, id } = c.req.param();
    const { text, version } = await reading(sceneOf(c), rightsBy(c), (scene) =>
      getRecord(scene, entity, id, c.req.query()),
    );
    return c.body(text, 200, { "content-type": "application/json", etag: `"${version}"` });
  })

  .post("/:entity/aggregate", async (c) => {
    const body = await readObject(c);
    return c.json(await reading(sceneOf(c), rightsBy(c), (scene) => aggregate(scene, c.req.param("entity"), body)));
  });
