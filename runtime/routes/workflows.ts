import { problem } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { onlyAdmins } from "../people.ts";
import { readObject } from "../body.ts";
import { askBacktest } from "../store/backtest-job.ts";
import { countRuns } from "../store/count-runs.ts";
import { holdAgainst } from "../store/outside-log.ts";
import { readProcessMap } from "../store/process-map.ts";
import { reading } from "../store/read.ts";
import { operate } from "../store/operation.ts";
import { related } from "../store/related.ts";
import { simulate, type Looking } from "../store/simulate.ts";
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
    const { model, workspace, principal, now } = c.var;
    const look: Looking = async ({ entity, paths }, records) => {
      if (paths.length === 0) return {};
      const told = { kind: "look", title: "Look at what a case points at", now };
      const looked = await operate(workspace, principal, told, (tx, scene) =>
        related(tx, scene, entity, records, paths),
      );
      return looked.result;
    };
    const played = await simulate(model, c.req.param("id"), await readObject(c), { now, by: principal.id, look });
    return c.json(played);
  })

  .post("/:id/conformance", async (c) =>
    c.json(await holdAgainst(c.var.model, c.req.param("id"), await readObject(c), c.var.now)),
  )

  .post("/:id/backtest", async (c) => {
    const { workspace, principal, now, services } = c.var;
    const answer = await askBacktest(workspace, principal, c.req.param("id"), await readObject(c), now);
    if (answer.done) return c.json(answer.done);
    services.nudge();
    return c.json(answer, 202, { "trellis-operation": answer.operation });
  });
