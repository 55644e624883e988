import { type PlannedWrite } from "engine";
import { placesOfStep } from "engine/sql";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import type { Moved, StoredRun } from "./run.ts";

/** A timer as a run's row has it. */
export interface StoredTimer {
  readonly name: string;
  readonly due_at: string;
  /** When it was set, and its place among those of that moment; of one that is only about to be written not yet known. */
  readonly set_at?: string;
  readonly place?: number;
}

/** The order in which timers ring: by their moment, those of the same moment as they were set. */
export const turnOf = (timer: string) =>
  `${timer}.due_at, ${timer}.set_at, ${timer}.run, ${timer}.place, ${timer}.name`;

/** A run's timers as they were set, as one column of a select over `_run r`; `more` names further members of each. */
export const timersOf = (schema: string, more = "") =>
  `(select coalesce(json_agg(json_build_object('name', t.name, 'due_at', t.due_at, 'set_at', t.set_at,
    'place', t.place${more}) order by t.set_at, t.place, t.name), '[]')
    from ${schema}._timer t where t.run = r.id) as timers`;

/** A run with its timers as one JSON value of a select over `_run r`: what the journal keeps of where it stood. */
export const runJson = (schema: string) =>
  `jsonb_build_object('id', r.id, 'workflow', r.workflow, 'version', r.version, 'state', r.state, 'value', r.value,
    'context', r.context, 'history', r.history, 'status', r.status, 'revision', r.revision,
    'entered_at', r.entered_at, 'timers', (select coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'due_at', t.due_at,
      'set_at', t.set_at, 'place', t.place) order by t.set_at, t.place, t.name), '[]') from ${schema}._timer t where t.run = r.id))`;

/** Writes down the waits that moves have begun, and takes away those that they have ended. */
export function timerParts({ schema }: Workspace, moved: readonly Moved[], now: Date): readonly Part[] {
  const set = moved.flatMap(({ run, revision, step }) => step.timers.set.map((timer) => ({ run, revision, ...timer })));
  const ended = moved.flatMap(({ run, before, step }) =>
    before ? step.timers.cancelled.map((name) => ({ run, name })) : [],
  );
  return [...withdrawn(schema, ended), ...armed(schema, set, now)];
}

/** The timers of runs as they stood: nothing less, nothing more. */
export function restoredTimers(
  schema: string,
  runs: readonly Pick<StoredRun, "id" | "revision" | "timers">[],
  now: Date,
): readonly Part[] {
  if (runs.length === 0) return [];
  const set = runs.flatMap(({ id, revision, timers = [] }) =>
    timers.map(({ name, due_at, set_at, place }) => {
      const since = set_at === undefined ? {} : { since: new Date(set_at).toISOString() };
      return { run: id, revision, name, due: new Date(due_at).toISOString(), place, ...since };
    }),
  );
  const others: Part = {
    sql: `delete from ${schema}._timer where run = any($1::uuid[])
      and not ((run::text || ' ' || name) = any($2::text[]))`,
    parameters: [runs.map(({ id }) => id), set.map(({ run, name }) => `${run} ${name}`)],
  };
  return [others, ...armed(schema, set, now)];
}

/** The timers of records that come back from the trash go on. */
export function releasedTimers({ schema }: Workspace, writes: readonly PlannedWrite[]): readonly Part[] {
  const records = writes.filter(({ act }) => act === "restore").map(({ id }) => id);
  if (records.length === 0) return [];
  return [
    {
      sql: `update ${schema}._timer set held = false
        where held and run in (select id from ${schema}._run where record = any($1::uuid[]))`,
      parameters: [records],
    },
    {
      sql: `update ${schema}._inbox set held = false
        where held and done_at is null and run in (select id from ${schema}._run where record = any($1::uuid[]))`,
      parameters: [records],
    },
  ];
}

const waits: Filling = {
  table: "_timer",
  each: { run: "uuid", name: "text", due_at: "timestamptz", event: "jsonb", place: "integer", set_at: "timestamptz" },
  all: { attempts: "integer", held: "boolean" },
  conflict: `on conflict (run, name) do update set due_at = excluded.due_at, set_at = excluded.set_at, place = excluded.place,
    attempts = 0, error = null, held = false`,
};

/** A wait that begins, and the revision of its run by which it does. */
export interface Armed {
  readonly run: string;
  readonly revision: number;
  readonly name: string;
  readonly due: string;
  /** Of one that stood before: when it was set, and its place among those of that moment. */
  readonly since?: string;
  readonly place?: number | undefined;
}

/** Waits as rows, in their order; one that is there already gets its new moment. */
export function armed(schema: string, set: readonly Armed[], now: Date): readonly Part[] {
  const many = new Map<string, number>();
  const cells = set.map(({ run, revision, name, due, since, place }) => {
    const at = many.get(run) ?? 0;
    many.set(run, at + 1);
    const own = place ?? revision * placesOfStep + (at % placesOfStep);
    return [run, name, due, JSON.stringify({ type: name }), own, since ?? now];
  });
  return inserted(schema, waits, cells, [0, false]);
}

export function withdrawn(
  schema: string,
  ended: readonly { readonly run: string; readonly name: string }[],
): readonly Part[] {
  if (ended.length === 0) return [];
  const sql = `delete from ${schema}._timer t using unnest($1::uuid[], $2::text[]) as r(run, name)
    where t.run = r.run and t.name = r.name`;
  return [{ sql, parameters: [ended.map(({ run }) => run), ended.map(({ name }) => name)] }];
}
