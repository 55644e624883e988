import { Hono } from "hono";
import type { App } from "../app.ts";
import { onlyAdmins } from "../people.ts";
import { beginErasure, previewErasure } from "../store/erase.ts";
import { personFile } from "../store/person-file.ts";
import { sceneOf } from "./records.ts";

const answers = onlyAdmins("answer for what is kept of people");

/** What is kept of a person as a file, and its erasure. */
export const persons = new Hono<App>()

  .get("/:entity/:id/person", answers, async (c) => {
    const { entity, id } = c.req.param();
    const bytes = await personFile(sceneOf(c), entity, id);
    return c.body(new Uint8Array(bytes), 200, {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="person-${id}.zip"`,
      "cache-control": "no-store",
    });
  })

  .get("/:entity/:id/erasure", answers, async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await previewErasure(sceneOf(c), entity, id));
  })

  .post("/:entity/:id/erasure", answers, async (c) => {
    const { entity, id } = c.req.param();
    const begun = await beginErasure(sceneOf(c), entity, id);
    c.var.services.nudge();
    return c.json(begun, 202);
  });
