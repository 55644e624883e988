import { fault, refuse, type Values } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import type { Connection } from "../database/pool.ts";
import { operate, type Scene } from "../store/operation.ts";
import { claimTask, completeTask, readReceiver, reassignTask, releaseTask } from "../store/task-acts.ts";
import { findTask, listTasks, readTask, readTaskQuery } from "../store/task-list.ts";

/** What runs of workflows have people do: the lists of it, and taking, letting go, giving on and doing one. */
export const tasks = new Hono<App>()

  .get("/", async (c) => c.json(await listTasks(c.var, readTaskQuery(c.req.query()))))

  .get("/:id", async (c) => c.json(await readTask(c.var, c.req.param("id"))))

  .post("/:id/claim", (c) => acted(c, "Take a task", claimTask))

  .post("/:id/release", (c) => acted(c, "Let a task go", releaseTask))

  .post("/:id/reassign", async (c) => {
    const to = readReceiver(await readObject(c));
    return acted(c, "Give a task on", (tx, scene, id) => reassignTask(tx, scene, id, to));
  })

  .post("/:id/complete", async (c) => {
    const values = readAnswer(await readObject(c));
    return acted(c, "Do a task", (tx, scene, id) => completeTask(tx, scene, id, values));
  });

type Act = (tx: Connection, scene: Scene, id: string) => Promise<unknown>;

/** Acts on a task as one operation, and answers it as it is now; its id alone where its record is out of sight by then. */
async function acted(c: Context<App, any>, title: string, act: Act): Promise<Response> {
  const id = String(c.req.param("id"));
  const { workspace, principal, now } = c.var;
  const told = { kind: "human_task", title, now, sole: true };
  const { operation } = await operate(workspace, principal, told, (tx, scene) => act(tx, scene, id));
  return c.json((await findTask(c.var, id)) ?? { id }, 200, { "trellis-operation": operation });
}

function readAnswer({ values = {}, ...others }: Readonly<Record<string, unknown>>): Values {
  refuse(
    Object.keys(others).map((name) =>
      fault("task.value", { wanted: "nothing of this name", path: `/${name.slice(0, 80)}` }),
    ),
  );
  return values as Values;
}
