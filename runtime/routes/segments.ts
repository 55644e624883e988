import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { listSegments, previewSegment, segmentsOfRecord, whyInSegment } from "../store/read-segments.ts";
import { scoresOfRecord } from "../store/read-scores.ts";
import { sceneOf } from "./records.ts";

/** Segments: those that there are, and who would be in one that is not published yet. */
export const segments = new Hono<App>()

  .get("/", async (c) => c.json({ items: await listSegments(sceneOf(c)) }))

  .post("/preview", async (c) => c.json(await previewSegment(sceneOf(c), await readObject(c))));

/** In which segments a record is and how it stands with scores, and why. */
export const recordSegments = new Hono<App>()

  .get("/:entity/:id/scores", async (c) => {
    const { entity, id } = c.req.param();
    return c.json({ items: await scoresOfRecord(sceneOf(c), entity, id) });
  })

  .get("/:entity/:id/segments", async (c) => {
    const { entity, id } = c.req.param();
    return c.json({ items: await segmentsOfRecord(sceneOf(c), entity, id) });
  })

  .get("/:entity/:id/segments/:name/why", async (c) => {
    const { entity, id, name } = c.req.param();
    return c.json(await whyInSegment(sceneOf(c), entity, id, name));
  });
