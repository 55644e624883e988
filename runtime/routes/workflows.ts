import { problem, type CaseQuestion } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { onlyAdmins } from "../people.ts";
import { readObject } from "../body.ts";
import { countRuns } from "../store/count-runs.ts";
import { holdAgainst } from "../store/outside-log.ts";
import { askPlay } from "../store/play-job.ts";
import { readProcessMap } from "../store/process-map.ts";
import { reading } from "../store/read.ts";
import { operate } from "../store/operation.ts";
import { readQuestions, tellOf } from "../store/known.ts";
import { simulate } from "../store/simulate.ts";
import { rightsBy, sceneOf } from "./records.ts";

/** What is known of workflows beyond their documents: how many stand where, and how often each transition was taken. */
export const workflows = new Hono<App>()

  .get("/:id/map", async (c) => {
    const id = c.req.param("id");
    return c.json(await reading(sceneOf(c), rightsBy(c), (scene) => readProcessMap(scene, id, c.req.query())));
  })

  .use(onlyAdmins("look into workflows"))

  .get("/:id/counts", async (c) => {
    const { model, workspace } = c.var;
    const id = c.req.param("id");
    const workflow = model.workflows.get(id) ?? [...model.workflows.values()].find(({ meta }) => meta.id === id);
    if (!workflow) throw problem("document.missing", { kind: "workflow", name: id.slice(0, 80) });
    return c.json(await countRuns(workspace.pool, workspace.schema, workflow, { now: c.var.now, model }));
  })

  .post("/:id/simulate", async (c) => {
    const { model, principal } = c.var;
    const tell = (questions: readonly CaseQuestion[]) => told(c, questions);
    return c.json(
      await simulate(model, c.req.param("id"), await readObject(c), { now: c.var.now, by: principal.id, tell }),
    );
  })

  .post("/known", async (c) => {
    const { questions } = await readObject(c);
    return c.json({ answers: await told(c, readQuestions(questions)) });
  })

  .post("/:id/conformance", async (c) =>
    c.json(await holdAgainst(c.var.model, c.req.param("id"), await readObject(c), c.var.now)),
  )

  .post("/:id/backtest", (c) => played(c, "backtest", c.req.param("id")))

  .post("/:id/dry-run", (c) => played(c, "dry_run", c.req.param("id")));

async function played(c: Context<App>, kind: Parameters<typeof askPlay>[0], workflow: string) {
  const { workspace, principal, now, services } = c.var;
  const answer = await askPlay(kind, { workspace, principal, now }, workflow, await readObject(c));
  if (answer.done) return c.json(answer.done);
  services.nudge();
  return c.json(answer, 202, { "trellis-operation": answer.operation });
}

async function told(c: Context<App>, questions: readonly CaseQuestion[]) {
  const { workspace, principal, now } = c.var;
  const look = { kind: "look", title: "Look at what a case points at", now };
  return (await operate(workspace, principal, look, (tx, scene) => tellOf(tx, scene, questions))).result;
}
