import {
  compileMachine,
  dayIn,
  guardsInto,
  leafIn,
  leavesOf,
  movesBy,
  relocate,
  sameDocument,
  statesOf,
  type Model,
  type StateMapping,
} from "engine";
import { bind, unfulfilledStatement } from "engine/sql";
import type { StateNode, WorkflowDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { goingBy, movedBy, workflowBefore } from "./kept.ts";
import { groupsOf } from "./move-runs.ts";
import type { TriedRuns } from "./try-runs.ts";

/** The runs of a workflow that stand in one state, and where a publish would move them. */
export interface MeasuredRuns {
  readonly workflow: string;
  /** The version that moves them. */
  readonly version: number;
  readonly state: string;
  readonly title: string;
  readonly count: number;
  /** They stay with their version and are not moved. */
  readonly stays: boolean;
  /** They do, unless the change says that they move. */
  readonly may_stay: boolean;
  /** The earlier version by which they go; null where that is the published one. */
  readonly by: number | null;
  /** The key of the state to which they go; null where nobody has said yet. */
  readonly to: string | null;
  readonly needs_mapping: boolean;
  /** How many of them would stand where a field is asked for that they leave empty. */
  readonly missing: number;
  /** How many of them no way into that state would let in, as far as their records tell: each has a guard that does not hold. */
  readonly unmet: number;
  /** What came of moving some of them for a trial; null where they were not tried. */
  readonly tried: TriedRuns | null;
}

/** Between which models, and what is said of states that go. */
export interface MeasuringRuns {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  readonly mappings?: Readonly<Record<string, StateMapping>>;
  readonly at: Date;
}

/** What publishing would do to the runs of workflows that change, state by state. */
export async function measureRuns(db: Queryable, measuring: MeasuringRuns): Promise<readonly MeasuredRuns[]> {
  const measured: MeasuredRuns[] = [];
  for (const workflow of measuring.next.workflows.values()) {
    const old = workflowBefore(measuring.now, workflow);
    if (old && (!sameDocument(old, workflow) || movesBy(measuring.mappings?.[workflow.meta.id])))
      measured.push(...(await measureOne(db, measuring, old, workflow)));
  }
  return measured;
}

async function measureOne(
  db: Queryable,
  measuring: MeasuringRuns,
  old: WorkflowDocument,
  workflow: WorkflowDocument,
): Promise<readonly MeasuredRuns[]> {
  const { schema, now, next, mappings } = measuring;
  const { mappings: _, ...untold } = measuring;
  const [moved, anyway] = [movedBy(measuring, old, workflow), movedBy(untold, old, workflow)];
  const going = await goingBy(db, { schema, model: now }, old);
  const measured = await Promise.all(
    going.map(async ({ document, by, versions }) => {
      const rows = new Map<string, MeasuredRuns>();
      const [stays, mayStay] = [moved, anyway].map((it) => !it || (it === "newest" && document !== old));
      for (const group of await groupsOf(db, { schema, versions }, old.id)) {
        const moved = relocate(document, workflow, group, mappings?.[workflow.meta.id]);
        const { to, missing } = stays ? { to: group, missing: undefined } : moved;
        const state = missing?.key ?? leafIn(document, group.value);
        const goes = to ? leafIn(stays ? document : workflow, to.value) : null;
        const key = `${state} ${goes ?? ""}`;
        const before = rows.get(key);
        const title =
          missing?.state.meta.title ?? leavesOf(document).find((leaf) => leaf.key === state)?.state.meta.title;
        rows.set(key, {
          workflow: workflow.id,
          version: next.version,
          state,
          title: title ?? state,
          count: (before?.count ?? 0) + group.n,
          stays: stays === true,
          may_stay: mayStay === true,
          by,
          to: goes,
          needs_mapping: goes === null,
          missing: 0,
          unmet: 0,
          tried: null,
        });
      }
      const order = leavesOf(document).map(({ key }) => key);
      const sorted = [...rows.values()].sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
      return sorted.map((row) => ({ document, versions, row }));
    }),
  );
  return Promise.all(
    measured.flat().map(async ({ document, versions, row }) => {
      if (row.stays) return row;
      const counting = { ...measuring, old: document, versions, workflow, row };
      return { ...row, missing: await countMissing(db, counting), unmet: await countUnmet(db, counting) };
    }),
  );
}

interface Counting extends MeasuringRuns {
  /** By what they go. */
  readonly old: WorkflowDocument;
  readonly versions: readonly number[] | undefined;
  readonly workflow: WorkflowDocument;
  readonly row: MeasuredRuns;
}

/** Records that would come to stand where a field is asked for, and leave it empty. */
async function countMissing(db: Queryable, { schema, old, versions, workflow, row }: Counting): Promise<number> {
  const had = new Set(chainTo(old, row.state).map(({ meta }) => meta.id));
  const entered = chainTo(workflow, row.to).filter(({ meta }) => !had.has(meta.id));
  const asked = entered.flatMap(({ meta }) => meta.requires ?? []);
  if (asked.length === 0) return 0;
  const { rows } = await db.query(
    `select count(*)::int as n from ${schema}._run r join ${schema}."${old.meta.entity}" t on t.id = r.record
     where r.workflow = $1 and r.state = $2 and ($4::integer[] is null or r.version = any($4))
       and exists (select from unnest($3::text[]) as f(name) where to_jsonb(t)->>f.name is null)`,
    [old.id, row.state, asked, versions ?? null],
  );
  return rows[0].n;
}

/** Records whose runs would come to stand where no guard lets them in; those that stood behind the same guards before are let be. */
async function countUnmet(db: Queryable, { schema, now, old, versions, workflow, row, at }: Counting): Promise<number> {
  const guards = row.to === null ? undefined : guardsInto(workflow, row.to);
  const machine = guards && compileMachine(now, workflow);
  if (!guards || !machine || sameDocument(guards, guardsInto(old, row.state) ?? null)) return 0;
  const statement = unfulfilledStatement({ model: now, schema, machine }, guards, {
    workflow: old.id,
    state: row.state,
    versions: versions ?? null,
  });
  if (!statement) return 0;
  const moment = { user: null, now: at, today: dayIn(now.workspace.time_zone, at) };
  const { rows } = await db.query(statement.sql, [...bind(statement.parameters, moment)]);
  return rows[0].n;
}

/** A leaf and the states around it, from the outside in. */
function chainTo(document: WorkflowDocument, key: string | null): readonly StateNode[] {
  const leaf = leavesOf(document).find((it) => it.key === key);
  return leaf
    ? statesOf(document).flatMap(({ key: it, state }) => (leaf.within.includes(it) || it === key ? [state] : []))
    : [];
}
