import {
  dayIn,
  folded,
  isTask,
  leafIn,
  machineOf,
  mayTell,
  normalValues,
  type Entity,
  type Machine,
  type RunScene,
  type RunStep,
  type Snapshot,
  type Values,
} from "engine";
import { cellsOf, tableOf } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { behind, type Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import { askerOf, authorOf, type Scene } from "./operation.ts";
import { versionAfter } from "./kept.ts";
import { named } from "./named.ts";
import { related } from "./related.ts";
import { ask, locking, type Locking } from "./rows.ts";
import { timersOf, type StoredTimer } from "./timers.ts";

/** One move of one run, ready to be written down. */
export interface Moved {
  readonly run: string;
  readonly record: string;
  readonly revision: number;
  readonly event: { readonly type: string; readonly data?: unknown };
  /** Where it stood before; nothing for a run that begins. */
  readonly before: StoredRun | undefined;
  readonly step: RunStep;
  /** Of a run that begins: its workflow, and whose invocation it is. */
  readonly born?: Born;
}

/** A run that another has begun, or somebody. */
export interface Born {
  readonly workflow: string;
  readonly parent: string | null;
  readonly invocation: string | null;
  /** Of one for each item: the place of its item. */
  readonly item: number | null;
  readonly depth: number;
  /** The revision of the run that began it, when it did: what was begun together. */
  readonly generation: number;
}

/** A run as its row has it. */
export interface StoredRun {
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly state: string;
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly status: string;
  readonly revision: number;
  readonly entered_at: string;
  readonly timers: readonly StoredTimer[];
  readonly parent: string | null;
  readonly invocation: string | null;
  readonly item: number | null;
  readonly depth: number;
  readonly generation: number;
}

/** A run as it stands after a move, its timers included. */
export function standingAfter(scene: Scene, machine: Machine, { run, revision, before, step, born }: Moved): StoredRun {
  const { value, context, status, history = {} } = step.snapshot;
  const standing = {
    state: step.state,
    value,
    context,
    status,
    history,
    revision,
    version: versionAfter(scene.model, before),
  };
  const over = new Set([...step.timers.cancelled, ...step.timers.set.map(({ name }) => name)]);
  const timers = [
    ...(before?.timers ?? []).filter(({ name }) => !over.has(name)),
    ...step.timers.set.map(({ name, due }) => ({ name, due_at: due })),
  ];
  const now = scene.now.toISOString();
  const fresh = { id: run, workflow: machine.id, entered_at: now };
  return { ...(before ?? { ...fresh, ...(born ?? alone) }), ...standing, timers };
}

/** Of a run that nobody has begun but a person, a record or an event. */
export const alone = { parent: null, invocation: null, item: null, depth: 0, generation: 0 };

/** The machine that owns an entity's records, and the field that shows where they stand. */
export function machineFor(scene: Scene, entity: Entity): Machine | undefined {
  const [field] = entity.stateFields;
  return field && machineOf(scene.model, String(field.property.workflow));
}

/** Whether a move begins other runs, so that there is more to be worked out than its own. */
export const beginsRuns = ({ invocations, snapshot }: RunStep): boolean =>
  snapshot.status !== "active" || invocations.started.some(({ src }) => !isTask(src));

/** Moves of which several may be of one run, as one of each run. */
export function settledMoves(moves: readonly Moved[]): readonly Moved[] {
  return [...Map.groupBy(moves, ({ run }) => run).values()].map((them) => {
    const [first, last] = [them[0]!, them.at(-1)!];
    return them.length === 1
      ? first
      : { ...first, revision: last.revision, step: folded(them.map(({ step }) => step)) };
  });
}

/** What a run sees beside its record: who moves it, when, and the records that its expressions lead to. */
export async function surroundings(
  tx: Connection,
  scene: Scene,
  { entity, paths }: Pick<Machine, "entity" | "paths">,
  records: readonly Values[],
  together?: ReadonlyMap<string, Values>,
): Promise<Omit<RunScene, "record">> {
  const { principal, now, model } = scene;
  return {
    user: { id: askerOf(scene), name: principal.name, roles: principal.roles },
    now: now.toISOString(),
    today: dayIn(model.workspace.time_zone, now),
    tells: (path) => mayTell(scene.access ?? scene.told, path),
    ...(await related(tx, scene, entity, records, paths, together)),
  };
}

/** The values that a move gives its record: where it stands in each region, and what its actions have set. */
export function movedValues(scene: Scene, machine: Machine, { patch, snapshot }: RunStep): Values {
  return { ...normalValues(scene.model, machine.entity, patch), ...stateValues(machine, snapshot.value) };
}

/** Where a run stands, as the fields of its record show it. */
export function stateValues({ document, stateField, regionFields }: Machine, value: unknown): Values {
  const regions = [...regionFields].map(([region, { name }]) => [name, leafIn(document, value, region)] as const);
  return { ...Object.fromEntries(regions), ...(stateField ? { [stateField.name]: leafIn(document, value) } : {}) };
}

const runs: Filling = {
  table: "_run",
  each: {
    id: "uuid",
    record: "uuid",
    state: "text",
    value: "jsonb",
    context: "jsonb",
    workflow: "text",
    history: "jsonb",
    status: "text",
    revision: "integer",
    parent: "uuid",
    invocation: "text",
    item: "integer",
    depth: "integer",
    generation: "integer",
    output: "jsonb",
  },
  all: { version: "integer", entity: "text", started_at: "timestamptz", entered_at: "timestamptz" },
};

/** The rows of the runs that begin; `machine` is that of those that say nothing of their own. */
export function insertRuns(
  { workspace, now, model }: Scene,
  machine: Machine,
  moved: readonly Moved[],
): readonly Part[] {
  const born = moved.filter(({ before }) => !before);
  const cells = born.map(({ run, record, revision, step: { state, snapshot, output }, born: kin }) => [
    run,
    record,
    state,
    JSON.stringify(snapshot.value),
    JSON.stringify(snapshot.context),
    kin?.workflow ?? machine.id,
    JSON.stringify(snapshot.history ?? {}),
    snapshot.status,
    revision,
    kin?.parent ?? null,
    kin?.invocation ?? null,
    kin?.item ?? null,
    kin?.depth ?? 0,
    kin?.generation ?? 0,
    output === undefined ? null : JSON.stringify(output),
  ]);
  return inserted(workspace.schema, runs, cells, [model.version, machine.entity.name, now, now]);
}

/** What a run begins by, as its journal keeps it: beside what brought it about, the values that it was given. */
export const beginning = (by: object, given: Values): Moved["event"] => ({
  type: "begin",
  data: Object.keys(given).length > 0 ? { ...by, given } : by,
});

const journal: Filling = {
  table: "_journal",
  each: {
    run: "uuid",
    revision: "integer",
    event: "jsonb",
    from_state: "text",
    to_state: "text",
    transitions: "jsonb",
    effects: "jsonb",
    before: "jsonb",
  },
  all: { operation: "uuid", at: "timestamptz", by: "uuid" },
};

/** The journal: for each move what caused it, from where to where, and what it asked for. */
export function written(scene: Scene, moved: readonly Moved[]): readonly Part[] {
  const { workspace, now, operation } = scene;
  const cells = moved.map(({ run, revision, event, before, step: { state, taken, effects } }) => {
    const asked = [JSON.stringify(taken), JSON.stringify(effects)];
    return [run, revision, JSON.stringify(event), before?.state, state, ...asked, before && JSON.stringify(before)];
  });
  return inserted(workspace.schema, journal, cells, [operation, now, authorOf(scene)]);
}

const runColumns =
  "r.id, r.workflow, r.version, r.state, r.value, r.context, r.history, r.status, r.revision, r.entered_at, r.parent, r.invocation, r.item, r.depth, r.generation";

/** The live runs of a record through these workflows, the oldest first, locked until the transaction ends. */
export async function lockRuns(
  tx: Connection,
  { workspace, model }: Scene,
  record: string,
  workflows: readonly string[],
): Promise<readonly StoredRun[]> {
  return ask<StoredRun>(tx, named(model, { sql: lockingRuns(workspace.schema), parameters: [record, workflows] }));
}

const lockingRuns = (schema: string) => `select ${runColumns}, ${timersOf(schema)} from ${schema}._run r
     where record = $1::uuid and workflow = any($2::text[]) and status = 'active' order by r.started_at, r.id for update`;

/** A record as it stands, where it is there, and its live runs. */
export interface WithRuns {
  readonly record: Values | undefined;
  readonly runs: readonly StoredRun[];
}

/**
 * Locks a record and then its live runs through these workflows, with one statement. Who waits for another meanwhile is
 * given the newest rows, but what hangs on them as it was before: where one of the rows is newer than what the statement
 * began with, the runs are read again.
 */
export async function lockWithRuns(
  tx: Connection,
  scene: Scene,
  { entity, id, ...how }: Omit<Locking, "ids"> & { readonly entity: Entity; readonly id: string },
  workflows: readonly string[],
): Promise<WithRuns> {
  const { schema } = scene.workspace;
  const { sql, parameters } = locking(scene, entity, { ...how, ids: [id] });
  const both = `with t as (${sql}), r as (${behind(lockingRuns(schema), parameters.length)})
    select t.record, r.*, (select s.version from ${tableOf(scene.workspace.schemaName, entity.name)} s where s.id = $${parameters.length + 1}::uuid) as version_seen,
      (select s.revision from ${schema}._run s where s.id = r.id) as revision_seen from t left join r on true`;
  const rows = await ask<Locked>(tx, named(scene.model, { sql: both, parameters: [...parameters, id, workflows] }));
  const isNewest = ({ record, version_seen, revision, revision_seen }: Locked) =>
    Number(record.version) === version_seen && revision === revision_seen;
  const found = rows.flatMap(({ record: _record, version_seen: _version, revision_seen: _revision, ...run }) =>
    run.id === null ? [] : [run as StoredRun],
  );
  return { record: rows[0]?.record, runs: rows.every(isNewest) ? found : await lockRuns(tx, scene, id, workflows) };
}

/** A record beside one of its runs, with what the statement saw of both before it locked them. */
type Locked = { readonly [Key in keyof StoredRun]: StoredRun[Key] | null } & {
  readonly record: Values;
  readonly version_seen: number;
  readonly revision_seen: number | null;
};

/** A run with its record, and when it began. */
export type RunOfRecord = StoredRun & { readonly record: string; readonly started_at: string };

/**
 * All runs of records through these workflows, those that have ended too, the oldest first; locked. What a record went
 * through before it was joined into one of these counts as over.
 */
export async function lockRunsOf(
  tx: Connection,
  { workspace }: Scene,
  records: readonly string[],
  workflows: readonly string[],
): Promise<readonly RunOfRecord[]> {
  const { schema } = workspace;
  const sql = `with gone as materialized (select c.record, c.joined from ${schema}._conversation c where c.joined = any($1::uuid[]))
     select coalesce(g.joined, r.record) as record, g.joined is not null as gone, r.started_at, ${runColumns}, ${timersOf(schema)}
     from ${schema}._run r left join gone g on g.record = r.record
     where r.record = any($1::uuid[] || array(select record from gone)) and r.workflow = any($2::text[])
     order by r.started_at, r.id for update of r`;
  const runs = await ask<RunOfRecord & { readonly gone: boolean }>(tx, { sql, parameters: [records, workflows] });
  return runs.map(({ gone, ...run }) => (gone && run.status === "active" ? { ...run, status: "stopped" } : run));
}

/** The live runs that a run has begun by an invocation, locked until the transaction ends. */
export async function lockChildren(
  tx: Connection,
  { workspace }: Scene,
  parent: string,
  invocation: string,
): Promise<readonly StoredRun[]> {
  const sql = `select ${runColumns}, ${timersOf(workspace.schema)} from ${workspace.schema}._run r
     where r.parent = $1 and r.invocation = $2 and r.status = 'active' order by r.item, r.id for update`;
  return ask<StoredRun>(tx, { sql, parameters: [parent, invocation] });
}

/** A run by its id, locked until the transaction ends. Whoever asks holds its record. */
export async function lockRunById(tx: Connection, { workspace }: Scene, id: string): Promise<StoredRun | undefined> {
  const sql = `select ${runColumns}, ${timersOf(workspace.schema)}
     from ${workspace.schema}._run r where r.id = $1 for update`;
  const [run] = await ask<StoredRun>(tx, { sql, parameters: [id] });
  return run;
}

/** The runs of records through a workflow as they stand, by the record. */
export async function readRuns(
  tx: Connection,
  { workspace }: Scene,
  workflow: string,
  records: readonly string[],
): Promise<ReadonlyMap<string, StoredRun>> {
  const { rows } = await tx.query(
    `select r.record, ${runColumns}, ${timersOf(workspace.schema)}
     from ${workspace.schema}._run r where r.record = any($1::uuid[]) and r.workflow = $2 and r.parent is null`,
    [records, workflow],
  );
  return new Map((rows as (StoredRun & { record: string })[]).map((run) => [run.record, run]));
}

/** Where a stored run stands, as the kernel takes it. */
export function snapshotOf({ value, context, status, history }: StoredRun): Snapshot {
  return { value, context, status, history };
}

/** Runs by their ids, locked until the transaction ends. Whoever asks holds their records. */
export async function lockRunsById(
  tx: Connection,
  { workspace, model }: Pick<Scene, "workspace" | "model">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredRun>> {
  const sql = `select ${runColumns}, ${timersOf(workspace.schema)}
     from ${workspace.schema}._run r where r.id = any($1::uuid[]) order by r.id for update`;
  const runs = await ask<StoredRun>(tx, named(model, { sql, parameters: [ids] }));
  return new Map(runs.map((run) => [run.id, run]));
}

/** Where a run stands, as columns and their types; each is a value of `cellsOf`. */
const standingColumns = {
  id: "uuid",
  state: "text",
  value: "jsonb",
  context: "jsonb",
  status: "text",
  revision: "integer",
  history: "jsonb",
  output: "jsonb",
  version: "integer",
};

/** Writes where runs stand after a move of each: one statement, however many. */
export function updateRuns(scene: Scene, moved: readonly Moved[]): readonly Part[] {
  if (moved.length === 0) return [];
  const { workspace, now } = scene;
  const cells = moved.map(({ run, revision, before, step: { state, snapshot, output } }) => [
    run,
    state,
    JSON.stringify(snapshot.value),
    JSON.stringify(snapshot.context),
    snapshot.status,
    revision,
    JSON.stringify(snapshot.history ?? {}),
    output === undefined ? null : JSON.stringify(output),
    versionAfter(scene.model, before),
  ]);
  const [names, one] = [Object.keys(standingColumns), moved.length === 1];
  const typed = (list: string) => Object.values(standingColumns).map((type, at) => `$${at + 1}::${type}${list}`);
  const given = one
    ? `(select ${typed("")
        .map((cell, at) => `${cell} as ${names[at]}`)
        .join(", ")}) as u`
    : `unnest(${typed("[]").join(", ")}) as u(${names.join(", ")})`;
  const sql = `update ${workspace.schema}._run r
    set state = u.state, value = u.value, context = u.context, status = u.status, revision = u.revision, history = u.history,
      output = u.output, entered_at = case when r.state = u.state then r.entered_at else $${names.length + 1}::timestamptz end,
      version = u.version
    from ${given} where r.id = u.id`;
  return [{ sql, parameters: [...cellsOf(cells), now] }];
}
