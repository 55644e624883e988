import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { readConversation } from "../store/conversation.ts";
import { answerRecord, fillSnippet, fillText, readAnswer, readNote, writeNote } from "../store/mail-compose.ts";
import { mergeRecords, mergingOf, readMerge } from "../store/merge-records.ts";
import { readWatchers, watch } from "../store/watchers.ts";
import { sceneOf } from "./records.ts";

/** What is said about a record: mails both ways and notes, answers, and joining one conversation into another. */
export const conversation = new Hono<App>()

  .get("/:entity/:id/conversation", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await readConversation(sceneOf(c), entity, id));
  })

  .get("/:entity/:id/snippets/:name", async (c) => {
    const { entity, id, name } = c.req.param();
    return c.json({ text: await fillSnippet(sceneOf(c), entity, id, name) });
  })

  .post("/:entity/:id/snippets", async (c) => {
    const { entity, id } = c.req.param();
    return c.json({ text: await fillText(sceneOf(c), entity, id, await readObject(c)) });
  })

  .post("/:entity/:id/answers", async (c) => {
    const { entity, id } = c.req.param();
    const { operation, sending } = await answerRecord(sceneOf(c), { entity, id }, readAnswer(await readObject(c)));
    c.var.services.nudge();
    return c.json({ sending }, 201, { "trellis-operation": operation });
  })

  .post("/:entity/:id/notes", async (c) => {
    const { entity, id } = c.req.param();
    const { operation, note } = await writeNote(sceneOf(c), { entity, id }, readNote(await readObject(c)));
    return c.json({ id: note }, 201, { "trellis-operation": operation });
  })

  .get("/:entity/:id/watchers", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await readWatchers(sceneOf(c), entity, id));
  })

  .put("/:entity/:id/watchers/me", async (c) => {
    const { entity, id } = c.req.param();
    await watch(sceneOf(c), entity, id, true);
    return c.body(null, 204);
  })

  .delete("/:entity/:id/watchers/me", async (c) => {
    const { entity, id } = c.req.param();
    await watch(sceneOf(c), entity, id, false);
    return c.body(null, 204);
  })

  .get("/:entity/:id/merge", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await mergingOf(sceneOf(c), entity, id));
  })

  .post("/:entity/:id/merge", async (c) => {
    const { entity, id } = c.req.param();
    const asked = readMerge(id, await readObject(c));
    const operation = await mergeRecords(sceneOf(c), entity, asked);
    return c.json({ into: asked.into }, 200, { "trellis-operation": operation });
  });
