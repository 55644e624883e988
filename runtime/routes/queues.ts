import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import {
  changeAgent,
  listAgents,
  listQueued,
  listQueues,
  passOn,
  readAgent,
  takeNext,
  takeRecord,
  whyQueued,
} from "../store/agents.ts";
import { seenFields } from "../store/history.ts";
import { previewQueue } from "../store/queue-preview.ts";
import { sceneOf } from "./records.ts";

/** Where records wait for somebody: looking into queues, taking from them, giving back. */
export const queues = new Hono<App>()

  .get("/", async (c) => c.json(await listQueues(c.var)))

  .post("/preview", onlyAdmins("try queues out"), async (c) =>
    c.json(await previewQueue(sceneOf(c), await readObject(c))),
  )

  .get("/:name", async (c) => c.json(await listQueued(c.var, c.req.param("name"))))

  .post("/:name/next", async (c) => c.json({ taken: await takeNext(c.var, c.req.param("name")) }));

/** Who takes work from queues: whether she is there, how much she takes, what she can. */
export const agents = new Hono<App>()

  .get("/", async (c) => c.json(await listAgents(c.var)))

  .patch("/:id", async (c) => {
    const changed = await changeAgent(c.var, c.req.param("id"), readAgent(await readObject(c)));
    c.var.services.nudge();
    return c.json(changed);
  });

/** Why a record is with whom it is, and passing it on. */
export const queuedRecords = new Hono<App>()

  .get("/:entity/:id/queue", async (c) => {
    const { entity, id } = c.req.param();
    await seenFields(c.var, entity, id);
    return c.json(await whyQueued(c.var, id));
  })

  .post("/:entity/:id/queue/take", async (c) => {
    const { entity, id } = c.req.param();
    await seenFields(c.var, entity, id);
    await takeRecord(c.var, entity, id);
    return c.json(await whyQueued(c.var, id));
  })

  .post("/:entity/:id/queue/pass", async (c) => {
    const { entity, id } = c.req.param();
    await seenFields(c.var, entity, id);
    await passOn(c.var, id);
    c.var.services.nudge();
    return c.json(await whyQueued(c.var, id));
  });
