import { activeStates, dayIn, machineOf, newWaits, readTimerName, timerName, type Model, type Standing } from "engine";
import { tableOf } from "engine/sql";
import type { WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { standingIn, type Group, type Moving } from "./move-runs.ts";
import { armed } from "./timers.ts";

/** Runs that stand alike, with their workflow before and after, and where they go. */
export interface TimerMove extends Moving {
  readonly old: WorkflowDocument;
  readonly workflow: WorkflowDocument;
  readonly group: Group;
  readonly to: Standing;
}

const batchRows = 1000;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * The waits of runs that a publish moves: one that is still there keeps its moment, one whose state or delay goes is
 * withdrawn, one that is new begins with the publish.
 */
export async function moveTimers(tx: Queryable, move: TimerMove): Promise<void> {
  const { schema, old, workflow, group, to } = move;
  const waiting = activeStates(workflow, to.value).flatMap(({ state }) =>
    Object.keys(state.after ?? {}).map((delay) => timerName(delay, state.meta.id)),
  );
  await tx.query(
    `delete from ${schema}._timer t using ${schema}._run r
     where t.run = r.id and ${standingIn(move)} and not (t.name = any($4::text[]))`,
    [...which(move), waiting],
  );
  const fresh = newWaits(old, workflow, group.value, to.value);
  if (fresh.length === 0) return;
  const names = fresh.map(({ delay, state }) => timerName(delay, state));
  await eachBatch(tx, move, async (batch) => {
    const dues = batch.flatMap((run) => duesOf(move, run, names));
    for (const { sql, parameters } of armed(schema, dues, move.at)) await tx.query(sql, parameters);
  });
}

/** Goes through the runs of a group with their records, some at a time. */
export async function eachBatch(
  tx: Queryable,
  move: TimerMove,
  work: (batch: readonly Waiting[]) => Promise<void>,
): Promise<void> {
  for (let after = first; ;) {
    const batch = await readBatch(tx, move, after);
    if (batch.length === 0) return;
    await work(batch);
    after = batch.at(-1)!.id;
  }
}

export const which = ({ old, group }: TimerMove) => [
  old.id,
  JSON.stringify(group.value),
  JSON.stringify(group.history),
];

/** A run that waits, with its record. */
export interface Waiting {
  readonly id: string;
  readonly revision: number;
  readonly context: unknown;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Runs with their records, in the order of their ids: a record in the trash waits like the others. */
async function readBatch(tx: Queryable, move: TimerMove, after: string): Promise<readonly Waiting[]> {
  const { schema, next, workflow } = move;
  const entity = next.entities.get(workflow.meta.entity);
  if (!entity) return [];
  const { rows } = await tx.query(
    `select r.id, r.revision, r.context, to_json(t) as record from ${schema}._run r
     join ${tableOf(schemaName(schema), entity.name)} t on t.id = r.record
     where ${standingIn(move)} and r.id > $4 order by r.id limit ${batchRows}`,
    [...which(move), after],
  );
  return rows as Waiting[];
}

const schemaName = (schema: string) => schema.replace(/^"(.*)"$/, "$1");

function duesOf({ next, workflow, at }: TimerMove, run: Waiting, names: readonly string[]) {
  const machine = machineOf(next, workflow.id);
  const environment = environmentOf(next, run, at);
  return names.flatMap((name) => {
    const due = machine?.ringsAt(readTimerName(name).delay, environment) ?? null;
    return due === null ? [] : [{ run: run.id, revision: run.revision + 1, name, due }];
  });
}

/** What expressions see of a run that a publish moves. */
export function environmentOf({ workspace }: Model, { record, context }: Waiting, at: Date) {
  return { record, context, event: {}, user: {}, now: at.toISOString(), today: dayIn(workspace.time_zone, at) };
}
