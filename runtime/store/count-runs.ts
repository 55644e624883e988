import { activeStates, statesOf } from "engine";
import type { WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";

/** How many runs stand in each state, since when the longest of them, and how often each transition was taken. */
export interface RunCounts {
  readonly states: Readonly<Record<string, { readonly count: number; readonly oldest_at: string | null }>>;
  readonly transitions: Readonly<Record<string, { readonly count: number }>>;
}

/** Counts the runs of a workflow by state, the states around others and those of all regions among them. */
export async function countRuns(db: Queryable, schema: string, workflow: WorkflowDocument): Promise<RunCounts> {
  const { rows } = await db.query(
    `select value, count(*)::int as n, min(entered_at) as oldest from ${schema}._run where workflow = $1 group by value`,
    [workflow.id],
  );
  const states: Record<string, { count: number; oldest_at: string | null }> = {};
  for (const { key, state } of statesOf(workflow))
    if (state.type !== "history") states[key] = { count: 0, oldest_at: null };
  for (const { value, n, oldest } of rows as { value: unknown; n: number; oldest: string }[])
    for (const { key } of activeStates(workflow, value)) {
      const sofar = states[key] ?? { count: 0, oldest_at: null };
      const earlier = sofar.oldest_at === null || oldest < sofar.oldest_at ? oldest : sofar.oldest_at;
      states[key] = { count: sofar.count + n, oldest_at: earlier };
    }
  const taken = await db.query(
    `select t.id, count(*)::int as count from ${schema}._run r join ${schema}._journal j on j.run = r.id,
       jsonb_array_elements_text(j.transitions) as t(id)
     where r.workflow = $1 group by t.id`,
    [workflow.id],
  );
  const counted = (taken.rows as { id: string; count: number }[]).map(({ id, count }) => [id, { count }] as const);
  return { states, transitions: Object.fromEntries(counted) };
}
