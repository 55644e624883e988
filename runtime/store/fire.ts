import { fire, machineOf, readTimerName, type Model } from "engine";
import { answered } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { againAfterMs, attemptsMost, engineScene, moveDue, type Due, type DueKind } from "./due.ts";
import { incidentPart } from "./incidents.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { settle } from "./settle.ts";
import { lockRunById, snapshotOf, surroundings, type Moved } from "./run.ts";
import { carryOut, plain } from "./step.ts";

/** A timer whose moment has come. */
interface Timer extends Due {
  readonly name: string;
}

/** Timers, each of which rings once; one whose move has failed five times is held for a person to look at. */
export const timers: DueKind<Timer> = {
  isDue: async ({ pool, schema }, now) => {
    const { rows } = await pool.query(
      `select exists (select from ${schema}._timer where due_at <= $1 and not held) as due`,
      [now],
    );
    return rows[0].due;
  },
  waiting: async (tx, { schema }, now, most) => {
    const { rows } = await tx.query(
      `select t.run, t.name, r.entity, r.record from ${schema}._timer t join ${schema}._run r on r.id = t.run
       where t.due_at <= $1 and not t.held order by t.due_at limit ${most}`,
      [now],
    );
    return rows as Timer[];
  },
  move: fireOne,
  putOff,
};

/** Takes up to fifty due timers and moves their runs. */
export const fireDue = (workspace: Workspace, now: Date) => moveDue(workspace, now, timers);

/** So many waits are over in one go of a test at most. */
const inTurnMax = 1000;

/**
 * Fires what is due up to a moment, one after the other and each at its own moment, inside a transaction that somebody
 * else holds: tests that are played let their clock go on so.
 */
export async function fireInTurn(tx: Connection, workspace: Workspace, model: Model, until: Date): Promise<void> {
  for (let fired = 0; fired < inTurnMax; fired++) {
    const { rows } = await tx.query(
      `select t.run, t.name, t.due_at, r.entity, r.record from ${workspace.schema}._timer t
       join ${workspace.schema}._run r on r.id = t.run where t.due_at <= $1 and not t.held order by t.due_at, t.name limit 1`,
      [until],
    );
    const due = rows[0] as (Timer & { readonly due_at: string }) | undefined;
    if (!due) return;
    const scene = engineScene(workspace, model, new Date(due.due_at));
    await fireOne(tx, scene, due);
    await settle(tx, scene);
  }
}

async function fireOne(tx: Connection, scene: Scene, { run: id, name, entity, record }: Timer): Promise<void> {
  const run = await lockRunById(tx, scene, id);
  const timer = run?.timers.find((it) => it.name === name);
  if (!run || !timer || new Date(timer.due_at) > scene.now) return;
  const machine = machineOf(scene.model, run.workflow);
  const rows = await lockRecords(tx, scene, entityOf(scene, entity), { ids: [record], trash: "without" });
  const before = rows.get(record);
  if (!before || !machine) return hold(tx, scene, run.id, name);
  const values = plain(before);
  const around = await surroundings(tx, scene, machine, [values]);
  const { delay, state } = readTimerName(name);
  const told = machine.document.meta.delays?.[delay];
  const timed: Scene = { ...scene, lane: told?.clock === undefined ? "normal" : "sla" };
  const moved = await answered(tx, timed, (answers) =>
    fire(machine, snapshotOf(run), name, { ...around, record: values, answers }),
  );
  if (moved.taken.length === 0) return drop(tx, scene, run.id, name);
  const event = { type: "timer", data: { delay, state } };
  const move: Moved = { run: id, record, revision: run.revision + 1, event, before: run, step: moved };
  await carryOut(tx, timed, machine, { move, before, given: {} });
  await keepOperation(tx, scene, { kind: "timer", title: `${machine.document.meta.title}: ${told?.title ?? delay}` });
}

/** A record in the trash stops the clock; it goes on when the record comes back. */
async function hold(tx: Connection, { workspace }: Scene, run: string, name: string): Promise<void> {
  await tx.query(`update ${workspace.schema}._timer set held = true where run = $1 and name = $2`, [run, name]);
}

async function drop(tx: Connection, { workspace }: Scene, run: string, name: string): Promise<void> {
  await tx.query(`delete from ${workspace.schema}._timer where run = $1 and name = $2`, [run, name]);
}

async function putOff(
  tx: Connection,
  { schema, model }: Workspace,
  { run, name }: Timer,
  { now, error: thrown }: { readonly now: Date; readonly error: unknown },
): Promise<void> {
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  const { rows } = await tx.query(
    `update ${schema}._timer set attempts = attempts + 1, error = $3, held = attempts + 1 >= ${attemptsMost},
       due_at = $4 where run = $1 and name = $2 returning held`,
    [run, name, error, new Date(now.getTime() + againAfterMs)],
  );
  if (!rows[0]?.held) return;
  const { delay } = readTimerName(name);
  const titles = [...model.workflows.values()].flatMap(({ meta }) => meta.delays?.[delay]?.title ?? []);
  const part = incidentPart(schema, { kind: "timer", source: name, run, title: titles[0] ?? delay, error }, now);
  await tx.query(part.sql, [...part.parameters]);
}
