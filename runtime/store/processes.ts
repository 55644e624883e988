import { begin, broughtBy, fault, problem, refuse, type Machine, type Values } from "engine";
import { answered } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { beginnable, refusedBy } from "./begin-many.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { alone, beginning, lockRunsOf, surroundings, type Moved } from "./run.ts";
import { carryOut, lockSeen, plain } from "./step.ts";

/** A process or journey that somebody begins on a record, and what it is given. */
export interface Begun {
  readonly workflow: string;
  readonly values: Values;
}

/** Begins a process, or a journey, on a record that the caller may change. One of each runs on a record at a time. */
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
  const machine = beginnable(scene, entity, begun.workflow);
  if (found._asked_update === false) throw problem("right.missing", { right: "change this record", path: "" });
  const known = machine.document.context ?? {};
  refuse(
    Object.keys(begun.values)
      .filter((key) => !Object.hasOwn(known, key))
      .map((key) => fault("event.malformed", { wanted: "nothing of this name", path: `/values/${key.slice(0, 80)}` })),
  );
  const refused = await beginningRefused(tx, scene, machine, id);
  if (refused) throw refused;
  await beginOne(tx, scene, machine, { record: plain(found), given: {}, values: begun.values, by: undefined });
}

/** Why a record may not begin a workflow now: it is in it, or has been through and may not again, or not yet. */
export async function beginningRefused(tx: Connection, scene: Scene, machine: Machine, record: string) {
  return refusedBy(scene, machine, await lockRunsOf(tx, scene, [record], [machine.id]));
}

/** A run that begins: on which record, with the values of a form that came along, and by which event. */
export interface BeginningOne {
  readonly record: Values;
  readonly given: Values;
  readonly values: Values;
  readonly by: { readonly type: string; readonly data?: unknown } | undefined;
}

/** Begins a run of a record that is locked, and carries out what follows. */
export async function beginOne(tx: Connection, scene: Scene, machine: Machine, one: BeginningOne): Promise<void> {
  const { record, given, values, by } = one;
  const after = { ...record, ...given };
  const around = await surroundings(tx, scene, machine, [after]);
  const context = { ...values, ...broughtBy(machine, by?.data) };
  const step = await answered(tx, scene, { ...around, record: after }, (asked) => begin(machine, asked, context));
  const event = by ?? beginning({ workflow: machine.id }, values);
  const born = { ...alone, workflow: machine.id };
  const move: Moved = {
    run: newId(scene.now),
    record: String(record.id),
    revision: 1,
    event,
    before: undefined,
    step,
    born,
  };
  await carryOut(tx, scene, machine, { move, before: record, given });
}
