import { accessFor, type Model } from "engine";
import { Hono, type Context } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { notesKeys } from "../store/key-use.ts";
import { aggregate } from "../store/aggregate.ts";
import { facets, facetsAsked } from "../store/facets.ts";
import { getRecord, list, reading, type ReadScene } from "../store/read.ts";

/** The scene of a request that reads. */
export function sceneOf(c: Context<App>): ReadScene {
  return {
    workspace: c.get("workspace"),
    model: c.get("model"),
    access: c.get("access"),
    principal: c.get("principal"),
    now: c.get("now"),
  };
}

/** The rights of who asks, under whichever model stands when it is read. */
export const rightsBy = (c: Context<App>) => (model: Model) => accessFor(model, c.get("principal"));

/** Records as their readers may see them. */
export const records = new Hono<App>()

  .use("/:entity/*", notesKeys)

  .get("/:entity", async (c) => {
    const text = await reading(sceneOf(c), rightsBy(c), (scene) => list(scene, c.req.param("entity"), c.req.query()));
    return answerJson(c, text);
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
    return answerJson(c, text, 200, { etag: `"${version}"` });
  })

  .post("/:entity/aggregate", async (c) => {
    const body = await readObject(c);
    const found = await reading(sceneOf(c), rightsBy(c), (scene) => aggregate(scene, c.req.param("entity"), body));
    return answerJson(c, JSON.stringify(found));
  });
