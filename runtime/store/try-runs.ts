import type { Connection, Pool, Queryable } from "../database/pool.ts";
import { transaction } from "../database/begin.ts";
import type { MeasuredRuns, MeasuringRuns } from "./measure-runs.ts";
import { workflowBefore } from "./kept.ts";
import { moveAll } from "./move-runs.ts";

/** What moving some runs did to what they wait for, before it was taken back. */
export interface TriedRuns {
  readonly runs: number;
  readonly waits_begun: number;
  readonly waits_ended: number;
  readonly tasks_begun: number;
  readonly tasks_ended: number;
}

/** So many runs of a state are tried. */
const runsMost = 50;

/** Ends the transaction in which runs were moved: nothing of it stays. */
class Tried extends Error {
  readonly measured: readonly MeasuredRuns[];

  constructor(measured: readonly MeasuredRuns[]) {
    super();
    this.measured = measured;
  }
}

/**
 * Moves some runs of each state as the publish would, in a transaction that is rolled back, and tells what came of it.
 * Runs that somebody moves meanwhile are passed over. Where the tables of an entity change as well (`tables`, by its
 * anchor), its runs cannot be tried before.
 */
export async function tryRuns(
  pool: Pool,
  measuring: MeasuringRuns,
  measured: readonly MeasuredRuns[],
  tables: ReadonlySet<string>,
): Promise<readonly MeasuredRuns[]> {
  if (measured.length === 0) return measured;
  try {
    return await transaction(pool, "write", async (tx) => {
      const tried: MeasuredRuns[] = [];
      for (const row of measured) tried.push({ ...row, tried: await tryState(tx, measuring, row, tables) });
      throw new Tried(tried);
    });
  } catch (error) {
    if (error instanceof Tried) return error.measured;
    throw error;
  }
}

async function tryState(
  tx: Connection,
  measuring: MeasuringRuns,
  { workflow: name, state, to, stays }: MeasuredRuns,
  tables: ReadonlySet<string>,
): Promise<TriedRuns | null> {
  const { schema, now, next } = measuring;
  const workflow = next.workflows.get(name);
  const old = workflow && workflowBefore(now, workflow);
  if (stays || to === null || !old || tables.has(next.entities.get(workflow.meta.entity)?.anchor ?? "")) return null;
  const { rows } = await tx.query(
    `select id from ${schema}._run where workflow = $1 and state = $2 and status = 'active' limit ${runsMost}
     for update skip locked`,
    [old.id, state],
  );
  const only = (rows as { id: string }[]).map(({ id }) => id);
  const before = await openOf(tx, schema, only);
  await moveAll(tx, { ...measuring, only }, { old, workflow, those: "all" });
  const after = await openOf(tx, schema, only);
  const more = (one: ReadonlySet<string>, other: ReadonlySet<string>) => [...one].filter((it) => !other.has(it)).length;
  return {
    runs: only.length,
    waits_begun: more(after.waits, before.waits),
    waits_ended: more(before.waits, after.waits),
    tasks_begun: more(after.tasks, before.tasks),
    tasks_ended: more(before.tasks, after.tasks),
  };
}

/** What runs wait for: their waits, and the tasks of people. */
async function openOf(tx: Queryable, schema: string, runs: readonly string[]) {
  const { rows: waits } = await tx.query(
    `select t.run::text || t.name as it from ${schema}._timer t where t.run = any($1::uuid[])`,
    [runs],
  );
  const { rows: tasks } = await tx.query(
    `select k.id as it from ${schema}._task k where k.run = any($1::uuid[]) and k.status in ('open', 'claimed')`,
    [runs],
  );
  const setOf = (them: readonly { readonly it: string }[]) => new Set(them.map(({ it }) => it));
  return { waits: setOf(waits), tasks: setOf(tasks) };
}
