import { fire, machineOf, readTimerName, type Model } from "engine";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import { engineItself, keepOperation, nothingDone, type Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { writeRollups } from "./rollups.ts";
import { lockRunById, snapshotOf, surroundings, type Moved } from "./run.ts";
import { carryOut, plain } from "./step.ts";

/** A timer whose moment has come. */
interface Due {
  readonly run: string;
  readonly name: string;
  readonly entity: string;
  readonly record: string;
}

/** How a batch went: how many timers it saw to, and what failed. */
export interface Fired {
  readonly count: number;
  readonly failures: readonly unknown[];
}

const batchRows = 50;
const attemptsMax = 5;
/** So many waits are over in one go of a test at most. */
const inTurnMax = 1000;
const againAfterMs = 30_000;

/** Whether a timer of the workspace is due. */
export async function isDue({ pool, schema }: Workspace, now: Date): Promise<boolean> {
  const { rows } = await pool.query(
    `select exists (select from ${schema}._timer where due_at <= $1 and not held) as due`,
    [now],
  );
  return rows[0].due;
}

/**
 * Takes up to fifty due timers and moves their runs, each as an operation of its own, all in one transaction: whoever is
 * killed in the middle has done nothing. Records that others are at are left for the next round, so two workers share
 * the work. A timer whose move fails is tried again later, and after five times held for a person to look at.
 */
export async function fireDue(workspace: Workspace, now: Date): Promise<Fired> {
  const failures: unknown[] = [];
  const batch = async (tx: Connection, opened: readonly any[]) => {
    failures.length = 0;
    if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
    const { model } = workspace;
    const due = await claim(tx, workspace, model, now);
    for (const timer of due) {
      await tx.query("savepoint timer");
      try {
        const scene = sceneOf(workspace, model, now);
        await fireOne(tx, scene, timer);
        await writeRollups(tx, scene);
      } catch (error) {
        await tx.query("rollback to savepoint timer");
        await putOff(tx, workspace, timer, now, error);
        failures.push(error);
      }
      await tx.query("release savepoint timer");
    }
    return due.length;
  };
  const count = await transaction(workspace.pool, "bulk", batch, sharing(workspace));
  return { count, failures };
}

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
    const due = rows[0] as (Due & { readonly due_at: string }) | undefined;
    if (!due) return;
    const scene = sceneOf(workspace, model, new Date(due.due_at));
    await fireOne(tx, scene, due);
    await writeRollups(tx, scene);
  }
}

/** Due timers whose records nobody else holds; records first, then runs, as a person's move locks them. */
async function claim(tx: Connection, workspace: Workspace, model: Model, now: Date): Promise<readonly Due[]> {
  const { schema } = workspace;
  const { rows } = await tx.query(
    `select t.run, t.name, r.entity, r.record from ${schema}._timer t join ${schema}._run r on r.id = t.run
     where t.due_at <= $1 and not t.held order by t.due_at limit ${batchRows * 4}`,
    [now],
  );
  const wanted = rows as Due[];
  const free = new Set<string>();
  for (const [name, them] of Map.groupBy(wanted, ({ entity }) => entity)) {
    if (!model.entities.has(name)) continue;
    const records = [...new Set(them.map(({ record }) => record))];
    for (const id of await lockFree(tx, sceneOf(workspace, model, now), name, records)) free.add(id);
  }
  return wanted.filter(({ record }) => free.has(record)).slice(0, batchRows);
}

async function lockFree(tx: Connection, scene: Scene, entity: string, ids: readonly string[]) {
  const target = `${scene.workspace.schema}."${entityOf(scene, entity).name}"`;
  const { rows } = await tx.query(
    `select id from ${target} where id = any($1::uuid[]) order by id limit ${batchRows} for update skip locked`,
    [ids],
  );
  return rows.map(({ id }: { id: string }) => id);
}

async function fireOne(tx: Connection, scene: Scene, { run: id, name, entity, record }: Due): Promise<void> {
  const run = await lockRunById(tx, scene, id);
  const timer = run?.timers.find((it) => it.name === name);
  if (!run || !timer || new Date(timer.due_at) > scene.now) return;
  const machine = machineOf(scene.model, run.workflow);
  const rows = await lockRecords(tx, scene, entityOf(scene, entity), { ids: [record], trash: "without" });
  const before = rows.get(record);
  if (!before || !machine) return hold(tx, scene, run.id, name);
  const values = plain(before);
  const around = await surroundings(tx, scene, machine, [values]);
  const moved = fire(machine, snapshotOf(run), name, { ...around, record: values });
  if (moved.taken.length === 0) return drop(tx, scene, run.id, name);
  const { delay, state } = readTimerName(name);
  const event = { type: "timer", data: { delay, state } };
  const move: Moved = { run: run.id, record, revision: run.revision + 1, event, before: run, step: moved };
  await carryOut(tx, scene, machine, { move, before, given: {} });
  const title = machine.document.meta.delays?.[delay]?.title ?? delay;
  await keepOperation(tx, scene, { kind: "timer", title: `${machine.document.meta.title}: ${title}` });
}

/** A record in the trash stops the clock; it goes on when the record comes back. */
async function hold(tx: Connection, { workspace }: Scene, run: string, name: string): Promise<void> {
  await tx.query(`update ${workspace.schema}._timer set held = true where run = $1 and name = $2`, [run, name]);
}

async function drop(tx: Connection, { workspace }: Scene, run: string, name: string): Promise<void> {
  await tx.query(`delete from ${workspace.schema}._timer where run = $1 and name = $2`, [run, name]);
}

async function putOff(tx: Connection, { schema }: Workspace, { run, name }: Due, now: Date, error: unknown) {
  await tx.query(
    `update ${schema}._timer set attempts = attempts + 1, error = $3, held = attempts + 1 >= ${attemptsMax},
       due_at = $4 where run = $1 and name = $2`,
    [run, name, error instanceof Error ? error.message : String(error), new Date(now.getTime() + againAfterMs)],
  );
}

function sceneOf(workspace: Workspace, model: Model, now: Date): Scene {
  return {
    workspace,
    model,
    access: undefined,
    principal: engineItself,
    now,
    operation: newId(now),
    reason: null,
    ...nothingDone(),
  };
}
