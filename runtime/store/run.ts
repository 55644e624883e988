import {
  begin,
  dayIn,
  leafIn,
  machineOf,
  mayTell,
  normalValues,
  place,
  problem,
  type Effect,
  type Entity,
  type Machine,
  type RecordWrite,
  type RunScene,
  type RunStep,
  type Snapshot,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import { askerOf, authorOf, type Scene } from "./operation.ts";
import { named } from "./named.ts";
import { related } from "./related.ts";
import { ask } from "./rows.ts";
import { taskParts, tasksBack } from "./tasks.ts";
import { timerParts, timersOf, restoredTimers, type StoredTimer } from "./timers.ts";

/** Runs of new records, begun but not yet written. */
export interface BegunRuns {
  /** The records with their states, and with what entry actions have set; in the order given. */
  readonly records: readonly Values[];
  /** The inserts of `_run`, `_journal`, `_notification`; committed along with the records. */
  readonly parts: readonly Part[];
  /** What entry actions want written besides; done after the records stand. */
  readonly writes: readonly RecordWrite[];
}

/** One move of one run, ready to be written down. */
export interface Moved {
  readonly run: string;
  readonly record: string;
  readonly revision: number;
  readonly event: { readonly type: string; readonly data?: unknown };
  /** Where it stood before; nothing for a run that begins. */
  readonly before: StoredRun | undefined;
  readonly step: RunStep;
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
}

/** The machine that owns an entity's records, and the field that shows where they stand. */
export function machineFor(scene: Scene, entity: Entity): Machine | undefined {
  const [field] = entity.stateFields;
  return field && machineOf(scene.model, String(field.property.workflow));
}

/**
 * Begins the runs of new records, all of one entity. `states` gives the state of those that an import brings in mid-life;
 * `together` are the records that are made with them, by entity and id.
 */
export async function beginRuns(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  records: readonly Values[],
  states?: ReadonlyMap<string, string>,
  together?: ReadonlyMap<string, Values>,
): Promise<BegunRuns> {
  const machine = machineFor(scene, entity);
  if (!machine) return { records, parts: [], writes: [] };
  const around = await surroundings(tx, scene, machine, records, together);
  const moved = records.map((record): Moved => {
    const state = states?.get(String(record.id));
    const step =
      state === undefined ? begin(machine, { ...around, record }) : place(machine, state, { ...around, record });
    const event = { type: state === undefined ? "begin" : "place" };
    return { run: newId(scene.now), record: String(record.id), revision: 1, event, before: undefined, step };
  });
  return {
    records: records.map((record, at) => ({ ...record, ...movedValues(scene, machine, moved[at]!.step) })),
    parts: [
      ...insertRuns(scene, machine, moved),
      ...timerParts(scene.workspace, moved),
      ...(await taskParts(
        tx,
        scene,
        entity.name,
        moved.map((it, at) => ({ ...it, owner: records[at]?.owner })),
      )),
      ...written(scene, moved),
      ...notified(scene, entity, moved),
    ],
    writes: moved.flatMap(({ step }) => follows(scene, step.effects)),
  };
}

/** What a run sees beside its record: who moves it, when, and the records that its expressions lead to. */
export async function surroundings(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  records: readonly Values[],
  together?: ReadonlyMap<string, Values>,
): Promise<Omit<RunScene, "record">> {
  const { principal, now, model } = scene;
  return {
    user: { id: askerOf(scene), name: principal.name, roles: principal.roles },
    now: now.toISOString(),
    today: dayIn(model.workspace.time_zone, now),
    tells: (path) => mayTell(scene.access, path),
    ...(await related(tx, scene, machine.entity, records, machine.paths, together)),
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

/** The records that a move's effects ask for. */
export function follows(scene: Scene, effects: readonly Effect[]): readonly RecordWrite[] {
  return effects.flatMap((effect): readonly RecordWrite[] => {
    if (effect.do !== "record.create") return [];
    const entity = scene.model.entities.get(effect.entity);
    if (!entity) throw problem("entity.unknown", { entity: effect.entity });
    const values = { ...defaultsFor(entity), ...normalValues(scene.model, entity, effect.values) };
    return [{ act: "create", entity: effect.entity, id: newId(scene.now), after: values }];
  });
}

function defaultsFor(entity: Entity): Values {
  const given = [...entity.fields.values()].filter(
    ({ property }) => property.default !== undefined && typeof property.default !== "object",
  );
  return Object.fromEntries(given.map(({ name, property }) => [name, property.default]));
}

const runs: Filling = {
  table: "_run",
  each: { id: "uuid", record: "uuid", state: "text", value: "jsonb", context: "jsonb" },
  all: {
    workflow: "text",
    version: "integer",
    entity: "text",
    history: "jsonb",
    status: "text",
    revision: "integer",
    started_at: "timestamptz",
    entered_at: "timestamptz",
  },
};

function insertRuns({ workspace, now, model }: Scene, machine: Machine, moved: readonly Moved[]): readonly Part[] {
  const cells = moved.map(({ run, record, step: { state, snapshot } }) => {
    return [run, record, state, JSON.stringify(snapshot.value), JSON.stringify(snapshot.context)];
  });
  const all = [machine.id, model.version, machine.entity.name, "{}", "active", 1, now, now];
  return inserted(workspace.schema, runs, cells, all);
}

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

const notifications: Filling = {
  table: "_notification",
  each: { id: "uuid", for_user: "uuid", title: "text", body: "text", record: "uuid" },
  all: { at: "timestamptz", entity: "text", operation: "uuid" },
};

/** What people are told by a move. */
export function notified(
  { workspace, now, operation }: Scene,
  entity: Entity,
  moved: readonly Moved[],
): readonly Part[] {
  const cells = moved.flatMap(({ record, step }) =>
    step.effects.flatMap((effect) =>
      effect.do === "notify" ? [[newId(now), effect.to, effect.title, effect.body, record]] : [],
    ),
  );
  return inserted(workspace.schema, notifications, cells, [now, entity.name, operation]);
}

const runColumns =
  "r.id, r.workflow, r.version, r.state, r.value, r.context, r.history, r.status, r.revision, r.entered_at";

/** The run of a record, locked until the transaction ends: one move at a time. */
export async function lockRun(tx: Connection, { workspace, model }: Scene, record: string): Promise<StoredRun> {
  const sql = `select ${runColumns}, ${timersOf(workspace.schema)}
     from ${workspace.schema}._run r where record = $1 for update`;
  const [run] = await ask<StoredRun>(tx, named(model, { sql, parameters: [record] }));
  if (!run) throw problem("run.missing", {});
  return run;
}

/** A run by its id, locked until the transaction ends. Whoever asks holds its record. */
export async function lockRunById(tx: Connection, { workspace }: Scene, id: string): Promise<StoredRun | undefined> {
  const sql = `select ${runColumns}, ${timersOf(workspace.schema)}
     from ${workspace.schema}._run r where r.id = $1 for update`;
  const [run] = await ask<StoredRun>(tx, { sql, parameters: [id] });
  return run;
}

/** The runs of records as they stand, by the record. */
export async function readRuns(
  tx: Connection,
  { workspace }: Scene,
  records: readonly string[],
): Promise<ReadonlyMap<string, StoredRun>> {
  const { rows } = await tx.query(
    `select r.record, ${runColumns}, ${timersOf(workspace.schema)}
     from ${workspace.schema}._run r where r.record = any($1::uuid[])`,
    [records],
  );
  return new Map((rows as (StoredRun & { record: string })[]).map((run) => [run.record, run]));
}

/** Where a stored run stands, as the kernel takes it. */
export function snapshotOf({ value, context, status, history }: StoredRun): Snapshot {
  return { value, context, status, history };
}

/** Writes where a run stands after a move. */
export function updateRun({ workspace, now }: Scene, { run, revision, step }: Moved): Part {
  return {
    sql: `update ${workspace.schema}._run
      set state = $2::text, value = $3::jsonb, context = $4::jsonb, status = $5::text, revision = $6::integer, history = $7::jsonb,
        entered_at = case when state = $2::text then entered_at else $8::timestamptz end where id = $1::uuid`,
    parameters: [
      run,
      step.state,
      JSON.stringify(step.snapshot.value),
      JSON.stringify(step.snapshot.context),
      step.snapshot.status,
      revision,
      JSON.stringify(step.snapshot.history ?? {}),
      now,
    ],
  };
}

/** What puts the runs of `records` back to where they stood before `operation` moved them, its journal included. */
export async function undoMoves(
  tx: Connection,
  { workspace }: Pick<Scene, "workspace">,
  operation: string,
  records: readonly string[],
): Promise<readonly Part[]> {
  const { schema } = workspace;
  const { rows } = await tx.query(
    `select distinct on (j.run) j.run, j.revision, j.before from ${schema}._journal j join ${schema}._run r on r.id = j.run
     where j.operation = $1 and r.record = any($2) and j.before is not null order by j.run, j.revision`,
    [operation, records],
  );
  const moves = rows as { run: string; before: StoredRun }[];
  if (moves.length === 0) return [];
  const of = (pick: (before: StoredRun) => unknown) => moves.map(({ before }) => pick(before));
  return [
    {
      sql: `update ${schema}._run as t
        set state = r.state, value = r.value, context = r.context, status = r.status, revision = r.revision,
          entered_at = r.entered_at, history = r.history
        from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::text[], $6::integer[], $7::timestamptz[], $8::jsonb[])
          as r(id, state, value, context, status, revision, entered_at, history) where t.id = r.id`,
      parameters: [
        moves.map(({ run }) => run),
        of(({ state }) => state),
        of(({ value }) => JSON.stringify(value)),
        of(({ context }) => JSON.stringify(context)),
        of(({ status }) => status),
        of(({ revision }) => revision),
        of(({ entered_at }) => entered_at),
        of(({ history }) => JSON.stringify(history ?? {})),
      ],
    },
    ...restoredTimers(
      workspace,
      moves.map(({ before }) => before),
    ),
    ...tasksBack(
      schema,
      moves.map(({ before }) => before),
    ),
    {
      sql: `delete from ${schema}._journal where operation = $1 and run = any($2)`,
      parameters: [operation, moves.map(({ run }) => run)],
    },
  ];
}
