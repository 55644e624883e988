import { fault, refuse } from "engine";
import { Hono } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { beginnableOn } from "../store/begin-many.ts";
import { beginProcess, type Begun } from "../store/processes.ts";
import { operate } from "../store/operation.ts";
import { writeAndRead } from "../store/read-back.ts";
import { explainRun } from "../store/run-why.ts";
import { readJourneys } from "../store/journeys-of.ts";
import { readRunStory } from "../store/run-story.ts";
import { offersFor, send, type Sent } from "../store/step.ts";

/** The events of workflows: which are legal for a record, sending one, and how a record came to stand where it does. */
export const events = new Hono<App>()

  .get("/:entity/:id/events", async (c) => {
    const { entity, id } = c.req.param();
    const { workspace, principal, now } = c.var;
    const told = { kind: "look", title: "Look at moves", now, operation: id };
    const { result } = await operate(workspace, principal, told, (tx, scene) => offersFor(tx, scene, entity, id));
    return c.json(result);
  })

  .get("/:entity/:id/run", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await readRunStory(c.var, entity, id));
  })

  .get("/:entity/:id/journeys", async (c) => {
    const { entity, id } = c.req.param();
    return c.json(await readJourneys(c.var, entity, id));
  })

  .get("/:entity/:id/run/why", async (c) => {
    const { entity, id } = c.req.param();
    const { workspace, principal, now } = c.var;
    const at = c.req.query("at");
    const told = { kind: "look", title: "Look at a run", now, operation: id };
    const { result } = await operate(workspace, principal, told, (tx, scene) => explainRun(tx, scene, entity, id, at));
    return c.json(result);
  })

  .get("/:entity/:id/runs", async (c) => {
    const { entity, id } = c.req.param();
    const { workspace, principal, now } = c.var;
    const told = { kind: "look", title: "Look at what may begin", now, operation: id };
    const { result } = await operate(workspace, principal, told, (tx, scene) => beginnableOn(tx, scene, entity, id));
    return c.json(result);
  })

  .post("/:entity/:id/runs", async (c) => {
    const { entity, id } = c.req.param();
    const begun = readBegun(await readObject(c));
    const told = {
      kind: "move",
      title: `Begin ${c.var.model.workflows.get(begun.workflow)?.meta.title ?? begun.workflow}`,
    };
    const { operation, items } = await writeAndRead(c.var, entity, told, async (tx, scene) => {
      await beginProcess(tx, scene, entity, id, begun);
      return [id];
    });
    return answerJson(c, items[0]?.text ?? JSON.stringify({ id }), 201, { "trellis-operation": operation });
  })

  .post("/:entity/:id/events", async (c) => {
    const { entity, id } = c.req.param();
    const sent = readSent(await readObject(c), c.req.header("if-match"));
    const told = { kind: "move", title: `Move ${c.var.model.entities.get(entity)?.title ?? entity}` };
    const { operation, items } = await writeAndRead(c.var, entity, told, async (tx, scene) => {
      await send(tx, scene, entity, id, sent);
      return [id];
    });
    const [record] = items;
    const etag: Record<string, string> = record ? { etag: `"${record.version}"` } : {};
    return answerJson(c, record?.text ?? JSON.stringify({ id }), 200, { "trellis-operation": operation, ...etag });
  });

function readBegun({ workflow, values = {}, ...others }: Readonly<Record<string, unknown>>): Begun {
  const faults = Object.keys(others).map((name) =>
    fault("event.malformed", { wanted: "nothing of this name", path: `/${name.slice(0, 80)}` }),
  );
  if (typeof workflow !== "string" || workflow === "")
    faults.push(fault("event.malformed", { wanted: "the name of a process", path: "/workflow" }));
  if (typeof values !== "object" || values === null || Array.isArray(values))
    faults.push(fault("event.malformed", { wanted: "values by their names", path: "/values" }));
  refuse(faults);
  return { workflow: String(workflow).slice(0, 80), values: values as Begun["values"] };
}

function readSent(body: Readonly<Record<string, unknown>>, match: string | undefined): Sent {
  const faults = [];
  if (typeof body.type !== "string" || body.type === "")
    faults.push(fault("event.malformed", { wanted: "the type of an event", path: "/type" }));
  const version = match === undefined ? undefined : Number(/^(?:W\/)?"?(\d+)"?$/.exec(match)?.[1] ?? Number.NaN);
  if (Number.isNaN(version))
    faults.push(fault("event.malformed", { wanted: "the version of the record", path: "/if-match" }));
  refuse(faults);
  return { type: String(body.type), values: body.values, data: body.data, version, run: body.run };
}
