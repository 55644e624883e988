import { setImmediate } from "node:timers/promises";
import {
  addTally,
  backtest,
  daysOf,
  emptyTally,
  fromKept,
  machineOf,
  problem,
  type Effect,
  type Happened,
  type History,
  type Machine,
  type Model,
  type Playing,
  type Tally,
  type Values,
  type Window,
} from "engine";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { playingOf } from "./simulate.ts";

/** What the past would have come to: by the version that is live, and by a draft. */
export interface Backtested {
  readonly since: string;
  readonly until: string;
  readonly live: Tally;
  readonly draft: Tally | null;
}

/** What is asked: how far back (`P90D`), and by which draft. */
export interface BacktestRequest {
  readonly since?: unknown;
  readonly document?: unknown;
}

/** A request that can be carried out. */
interface Backtesting {
  readonly live: Playing;
  readonly draft: Playing | undefined;
  readonly window: Window;
}

const batchRuns = 200;
/** So many runs are played before others have a turn. */
const runsInOneGo = 10;

/** Reads a request. Throws what is wrong with it, faults of the draft among them. */
export function readBacktest(model: Model, id: string, { since, document }: BacktestRequest, now: Date): Backtesting {
  const machine = machineOf(model, id);
  if (!machine) throw problem("document.missing", { kind: "workflow", name: id.slice(0, 80) });
  const days = daysOf(since ?? "P90D");
  if (days === undefined)
    throw problem("report.malformed", { wanted: "a span of days, `P90D` for instance", path: "/since" });
  return {
    live: { model, machine },
    draft: document === undefined ? undefined : playingOf(model, id, document),
    window: { since: new Date(now.getTime() - days * 86_400_000).toISOString(), until: now.toISOString() },
  };
}

/**
 * Plays the past of all runs of a workflow that did something in the window, by the live version and by a draft, in
 * batches. Reads alone; `progress` hears every few runs how many are done, and ends it where it answers false.
 */
export async function runBacktest(
  { pool, schema }: Workspace,
  { live, draft, window }: Backtesting,
  progress: (runs: number) => Promise<boolean>,
): Promise<Backtested | undefined> {
  let [ofLive, ofDraft] = [emptyTally, emptyTally];
  for (let after = nobody; ;) {
    const rows = await readRuns(pool, schema, { workflow: live.machine.id, since: window.since, after });
    for (let at = 0; at < rows.length; at += runsInOneGo) {
      const histories = rows.slice(at, at + runsInOneGo).map((row) => historyOf(live, row));
      ofLive = addTally(ofLive, backtest(live, histories, window));
      if (draft) ofDraft = addTally(ofDraft, backtest(draft, histories, window));
      await setImmediate();
      if (!(await progress(ofLive.cases))) return undefined;
    }
    const last = rows.at(-1);
    if (!last || rows.length < batchRuns) break;
    after = last.run;
  }
  return { ...window, live: ofLive, draft: draft ? ofDraft : null };
}

const nobody = "00000000-0000-0000-0000-000000000000";

/** How many runs a backtest would play. */
export async function countBacktest({ pool, schema }: Workspace, { live, window }: Backtesting): Promise<number> {
  const { rows } = await pool.query(
    `select count(*)::int as n from ${schema}._run r where r.workflow = $1
       and exists (select from ${schema}._journal j where j.run = r.id and j.at >= $2)`,
    [live.machine.id, window.since],
  );
  return rows[0].n;
}

interface RunRow {
  readonly run: string;
  readonly changes: readonly {
    readonly at: string;
    readonly operation: string;
    readonly act: string;
    readonly after: Values | null;
  }[];
  readonly steps: readonly {
    readonly at: string;
    readonly operation: string;
    readonly event: { readonly type: string; readonly data?: Told };
    readonly to_state: string;
    readonly effects: readonly Effect[];
    /** What the tasks and processes gave back that ended with the step. */
    readonly outputs: readonly unknown[] | null;
  }[];
}

/** What a step of the engine's own says of itself. */
interface Told {
  readonly task?: string;
  readonly invocation?: string;
  readonly event?: string | null;
  /** The values with which a run was begun. */
  readonly given?: Values;
}

async function readRuns(
  db: Queryable,
  schema: string,
  { workflow, since, after }: { readonly workflow: string; readonly since: string; readonly after: string },
): Promise<readonly RunRow[]> {
  const { rows } = await db.query(
    `select r.id as run,
       (select coalesce(json_agg(json_build_object('at', h.at, 'operation', h.operation, 'act', h.act, 'after', h.after) order by h.version, h.id), '[]')
        from ${schema}._history h where h.record = r.record and h.act in ('create', 'update', 'move')) as changes,
       (select coalesce(json_agg(json_build_object('at', j.at, 'operation', j.operation, 'event', j.event,
           'to_state', j.to_state, 'effects', j.effects, 'outputs', ${outputsOf(schema)}) order by j.revision), '[]')
        from ${schema}._journal j where j.run = r.id) as steps
     from ${schema}._run r
     where r.workflow = $1 and r.id > $2 and exists (select from ${schema}._journal j where j.run = r.id and j.at >= $3)
     order by r.id limit ${batchRuns}`,
    [workflow, after, since],
  );
  return rows as RunRow[];
}

/** The outputs of a step `j` of the journal by which something has ended: those of the processes of one list in its order. */
const outputsOf = (schema: string) => `case j.event->>'type'
  when 'task.done' then (select json_agg(t.output) from ${schema}._task t
    where t.run = j.run and t.ended_revision = j.revision and t.status = 'done')
  when 'process.done' then (select json_agg(c.output order by c.item) from ${schema}._run c
    where c.parent = j.run and c.invocation = j.event->'data'->>'invocation' and c.status = 'done'
      and c.generation = (select max(g.generation) from ${schema}._run g join ${schema}._journal o on o.run = g.id
        where g.parent = j.run and g.invocation = c.invocation and o.operation = j.operation)) end`;

/** What the engine does by itself and a backtest does anew, and what it cannot do again. */
const byItself = new Set([
  ...["begin", "place", "publish", "publish.processes", "timer"],
  ...["incident", "withdrawn", "failed"],
]);
/** What the engine calls what came of an effect. */
const reports = /\.(done|failed)$/;
const endings = new Set(["task.done", "process.done", "process.failed"]);

/** What a step was, as it can be played: nothing of what follows from others by itself. */
function happenedBy({ document }: Machine, { at, event, outputs }: RunRow["steps"][number]): readonly Happened[] {
  const { type, data } = event;
  const told = { at: moment(at), ...(data === undefined ? {} : { data }) };
  const invocation = data?.task ?? data?.invocation;
  if (byItself.has(type)) return [];
  if (endings.has(type) && invocation !== undefined) {
    const failed = type === "process.failed" ? ({ failed: true } as const) : {};
    return [{ at: told.at, ended: { invocation, outputs: outputs ?? [], ...failed } }];
  }
  const sent = type === "goal" || type === "exit" ? data?.event : type;
  const declared = document.meta.events[sent ?? ""];
  // What a record has brought about comes with the change of the record.
  if (typeof sent !== "string" || declared?.source === "record") return [];
  if (sent !== type) return [{ at: told.at, type: sent }];
  return [{ ...told, type, ...(!declared && reports.test(type) ? { reports: true as const } : {}) }];
}

/** What a run was begun with: the values that its first step tells, or the data of the event that began it. */
const givenBy = ({ event: { type, data } }: RunRow["steps"][number]) => (byItself.has(type) ? data?.given : data);

/** The fields that the actions of a step have written. Whom they have chosen among people is nothing that a play can find again. */
const writtenBy = ({ effects }: RunRow["steps"][number]) =>
  effects.flatMap((it, at) =>
    it.do === "record.update" && effects[at + 1]?.do !== "rotation.turn" ? Object.keys(it.values) : [],
  );

/** A change of a record, parted into what others gave it and what the run's own actions wrote. */
function partedBy({ model, machine: { entity, document } }: Playing, { steps }: RunRow) {
  const written = Map.groupBy(steps, ({ operation }) => operation);
  const shown = new Set(entity.stateFields.map(({ name }) => name));
  const acts = document.meta.kind === "pipeline" ? ["create", "move"] : ["move"];
  return ({ operation, act, after }: RunRow["changes"][number]) => {
    const own = new Set(acts.includes(act) ? (written.get(operation) ?? []).flatMap(writtenBy) : []);
    const values = Object.entries(fromKept(model, entity, after) ?? {}).filter(([name]) => !shown.has(name));
    const [mine, others] = [true, false].map((is) => values.filter(([name]) => own.has(name) === is));
    return { own: Object.fromEntries(mine!), values: Object.fromEntries(others!) };
  };
}

/**
 * What is known of a run's past, as it can be played: its record as it was begun with, then changes of the record before the
 * events that came with them, and behind these what the run's own actions wrote.
 */
function historyOf(playing: Playing, row: RunRow): History {
  const { entity } = playing.machine;
  const [first, ...further] = row.steps;
  const parted = partedBy(playing, row);
  const changes = row.changes.map((it) => ({ ...it, at: moment(it.at), ...parted(it) }));
  const begunAt = moment(first?.at ?? changes[0]?.at ?? "1970-01-01T00:00:00Z");
  const empty = Object.fromEntries([...entity.fields.keys()].map((name) => [name, null]));
  // Of one moment the ids of operations tell which was first: they ascend.
  const isBefore = ({ at, operation }: { readonly at: string; readonly operation: string }) =>
    at < begunAt || (at === begunAt && operation <= (first?.operation ?? operation));
  const [before, after] = [changes.filter(isBefore), changes.filter((it) => !isBefore(it))];
  const ordered = [
    ...after.map(({ at, operation, values }) => ({ operation, told: { at, values } })),
    ...further.flatMap((it) => happenedBy(playing.machine, it).map((told) => ({ operation: it.operation, told }))),
    ...changes.flatMap(({ at, operation, own }) =>
      Object.keys(own).length > 0 ? { operation, told: { at, own } } : [],
    ),
  ].toSorted((one, other) => compared(one.told.at, other.told.at) || compared(one.operation, other.operation));
  return {
    run: row.run,
    begunAt,
    record: Object.assign(empty, ...before.map(({ values }) => values)),
    ...(first?.event.type === "place" ? { state: first.to_state } : {}),
    given: first && givenBy(first),
    events: ordered.map(({ told }) => told),
  };
}

const compared = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const moment = (at: string) => new Date(at).toISOString();
