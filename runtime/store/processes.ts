import { begin, fault, machineOf, problem, refuse, type Values } from "engine";
import { answered } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { lockRuns, surroundings } from "./run.ts";
import { carryOut, lockSeen, plain } from "./step.ts";

/** A process that somebody begins on a record, and what it is given. */
export interface Begun {
  readonly workflow: string;
  readonly values: Values;
}

/** Begins a process on a record that the caller may change. One of each workflow runs on a record at a time. */
export async function beginProcess(
  tx: Connection,
  scene: Scene,
  name: string,
  id: string,
  begun: Begun,
): Promise<void> {
  const access = scene.access?.entity(name);
  if (scene.access && !access) throw problem("entity.unknown", { entity: name });
  const entity = entityOf(scene, name);
  const found = await lockSeen(tx, scene, entity, access, id, { update: access?.rule("update") });
  const machine = machineOf(scene.model, begun.workflow);
  if (machine?.document.meta.kind !== "process" || machine.entity.name !== name)
    throw problem("workflow.unknown", { name: begun.workflow.slice(0, 80), path: "/workflow" });
  if (found._asked_update === false) throw problem("right.missing", { right: "change this record", path: "" });
  const known = machine.document.context ?? {};
  refuse(
    Object.keys(begun.values)
      .filter((key) => !Object.hasOwn(known, key))
      .map((key) => fault("event.malformed", { wanted: "nothing of this name", path: `/values/${key.slice(0, 80)}` })),
  );
  const running = await lockRuns(tx, scene, id, [machine.id]);
  if (running.some(({ parent }) => parent === null))
    throw problem("run.running", { workflow: machine.document.meta.title });
  const record = plain(found);
  const around = await surroundings(tx, scene, machine, [record]);
  const step = await answered(tx, scene, (answers) => begin(machine, { ...around, record, answers }, begun.values));
  const event = { type: "begin", data: { workflow: machine.id } };
  const move = { run: newId(scene.now), record: id, revision: 1, event, before: undefined, step };
  await carryOut(tx, scene, machine, { move, before: record, given: {} });
}
