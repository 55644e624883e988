import {
  dayIn,
  documentsFor,
  entityHindrances,
  foresee,
  listenedPaths,
  listenersTo,
  machineOf,
  rollupsOf,
  shareOf,
  timesSending,
  watchesOn,
  workflowsOf,
  type Machine,
  type Model,
  type Path,
} from "engine";
import { bind, cellsOf, cohortRows, compileCohort, OneByOne, type Cause, type Cohort } from "engine/sql";
import { isJoined } from "../database/form.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Moving } from "./due.ts";
import { isScored } from "./score-notes.ts";
import { listenersOf } from "./noted.ts";
import { turnOf } from "./timers.ts";
import { uniqueSets } from "./write-checks.ts";

/** So many of those that are due the longest are looked at. */
const lookedAt = 256;
/** So many of a wave are moved in one transaction. */
const cohortRowsMost = 2500;
/** After a wave has failed, or has left some behind, so many batches go before the rest of it is tried again. */
const batchesBetween = 20;

/** Runs that stand alike and wait for the same. */
interface Alike {
  readonly n: number;
  readonly name: string;
  readonly workflow: string;
  /** The version of the model by which they go, where not all runs of the workflow go by one. */
  readonly version: number | null;
  readonly value: unknown;
  readonly history: Readonly<Record<string, readonly string[]>>;
}

/** What is known of the waves of a machine, by where its runs stand and what they wait for. */
interface Known {
  readonly cohort: Cohort | undefined;
  /** So many batches have still to go before it is tried again. */
  resting: number;
}

const known = new WeakMap<Machine, Map<string, Known>>();

/** What a wave is written down as. */
export type CauseOf = (machine: Machine, timer: string) => Cause;

/**
 * Moves up to 2,500 runs that stand alike and whose wait is over by one statement, where there are that many and
 * it can be said in one. Answers how many; none where they are to be moved otherwise. What fails is undone.
 */
export async function moveCohort(tx: Connection, moving: Moving, causeOf: CauseOf): Promise<number> {
  const alike = isJoined() ? await lookFor(tx, moving) : undefined;
  const machine = alike && machineOf(moving.model, alike.workflow, alike.version ?? undefined);
  const wave = machine && knownOf(moving, machine, alike, causeOf);
  if (!alike || !machine || !wave?.cohort) return 0;
  if (wave.resting > 0) {
    wave.resting -= 1;
    return 0;
  }
  await tx.query("savepoint cohort");
  try {
    const { moved, left } = await move(tx, moving, machine, { alike, cohort: wave.cohort });
    await tx.query("release savepoint cohort");
    // Batches tell what stands against those that stay.
    if (left > 0) wave.resting = batchesBetween;
    return moved;
  } catch {
    // Those beside the one that fails are moved in batches, which find it.
    await tx.query("rollback to savepoint cohort");
    await tx.query("release savepoint cohort");
    wave.resting = batchesBetween;
    return 0;
  }
}

async function lookFor(tx: Connection, { workspace, model, now, waveFrom = 128 }: Moving): Promise<Alike | undefined> {
  const { schema } = workspace;
  const { rows } = await tx.query(
    `select count(*)::integer as n, d.name, d.workflow, d.version, d.value, d.history from (
       select t.name, r.workflow, case when r.workflow = any($2::text[]) then r.version end as version, r.value, r.history from ${schema}._timer t join ${schema}._run r on r.id = t.run
       where t.due_at <= $1 and not t.held order by t.due_at limit ${lookedAt}) as d
     group by d.name, d.workflow, d.version, d.value, d.history order by 1 desc limit 1`,
    [now, [...model.workflows.values()].flatMap(({ id, meta }) => (model.kept.has(meta.id) ? [id] : []))],
  );
  const [alike] = rows as Alike[];
  return alike && alike.n >= waveFrom ? alike : undefined;
}

function knownOf({ workspace, model }: Moving, machine: Machine, alike: Alike, causeOf: CauseOf): Known {
  const waves = known.get(machine) ?? new Map<string, Known>();
  known.set(machine, waves);
  const key = JSON.stringify([workspace.schemaName, alike.value, alike.history, alike.name]);
  const wave = waves.get(key) ?? { cohort: cohortOf(workspace.schema, model, machine, alike, causeOf), resting: 0 };
  waves.set(key, wave);
  return wave;
}

function cohortOf(schema: string, model: Model, machine: Machine, { name, ...at }: Alike, causeOf: CauseOf) {
  const { events } = machine.document.meta;
  const correlates = Object.values(events).some(({ correlation }) => correlation);
  const tree = foresee(machine, { ...at, status: "active", context: {} }, name);
  if (!tree || timesSending(machine.document) || correlates) return undefined;
  try {
    const cohort = compileCohort(model, schema, machine, { value: at.value, tree, cause: causeOf(machine, name) });
    return leadsFurther(model, machine, cohort) ? undefined : cohort;
  } catch (error) {
    if (error instanceof OneByOne) return undefined;
    throw error;
  }
}

/** Whether more follows from what a cohort changes than it writes: rules, roll-ups, waits, others who listen. */
function leadsFurther(model: Model, machine: Machine, { changing }: Cohort): boolean {
  const { entity } = machine;
  const names = new Set(changing.map(({ name }) => name));
  const touched = (paths: readonly Path[] | undefined) => paths?.some(([step]) => names.has(step?.name ?? "")) ?? false;
  const others = workflowsOf(model, entity).flatMap(({ id }) => documentsFor(model, id));
  const waits = others.some(({ meta }) =>
    Object.values(meta.delays ?? {}).some(({ until }) => until !== undefined && names.has(until)),
  );
  const listeners = listenersOf({ model }, entity);
  return (
    isScored(model, entity.name, names) ||
    watchesOn(model, entity.name).some(({ field }) => names.has(field)) ||
    entityHindrances(model, entity, changing).length > 0 ||
    waits ||
    uniqueSets(entity).some(({ fields }) => fields.some(({ name }) => names.has(name))) ||
    rollupsOf(model).some(
      ({ child, ...inputs }) =>
        child === entity && [inputs.where, inputs.value, inputs.currency, inputs.on].some((it) => touched(it?.paths)),
    ) ||
    listenersTo(model, entity.name, "timer").length > 0 ||
    listeners.some((it) => listenedPaths(it).length > 0 || touched(it.reads(listened(it))))
  );
}

const listened = ({ document: { meta } }: Machine) => [meta.enrol, meta.goal, meta.exit, meta.events];

async function move(
  tx: Connection,
  moving: Moving,
  machine: Machine,
  { alike, cohort }: { readonly alike: Alike; readonly cohort: Cohort },
): Promise<{ readonly moved: number; readonly left: number }> {
  const { model, now } = moving;
  const claimed = await claim(tx, moving, machine, alike);
  if (claimed.length < 2) return { moved: 0, left: 0 };
  const cells = claimed.map(({ run, record }) => [
    run,
    ...Array.from({ length: cohort.ids }, () => newId(now)),
    ...cohort.salts.map((salt) => shareOf(salt, record)),
  ]);
  const given = cellsOf(cells).map((cell, at) => {
    const share = at - 1 - cohort.ids;
    return [`cell${cohortRows.given}_${share < 0 ? at : cohortRows.sharesFrom + share}`, cell];
  });
  const moment = { now: now.toISOString(), today: dayIn(model.workspace.time_zone, now) };
  const dues = cohort.delays.map((name, at) => [`cell${cohortRows.dues}_${at}`, machine.ringsAt(name, moment)]);
  const all = [
    [`cell${cohortRows.all}_0`, newId(now)],
    [`cell${cohortRows.all}_1`, Array.from({ length: cohort.counted }, () => newId(now))],
  ];
  const values = Object.fromEntries([...given, ...dues, ...all]);
  const { sql, parameters } = cohort.statement;
  const { rows } = await tx.query(sql, [...bind(parameters, { user: null, ...moment, ...values })]);
  const { n } = rows[0] as { readonly n: number };
  return { moved: n, left: claimed.length - n };
}

/**
 * Runs of a wave whose records nobody else holds, and that have waited for nothing else longer; locked. They are looked for
 * among those that wait the longest alone: however many are due, no more are read than are moved.
 */
async function claim(tx: Connection, { workspace, now }: Moving, machine: Machine, alike: Alike) {
  const { schema } = workspace;
  const table = `${schema}."${machine.entity.name}"`;
  const { rows } = await tx.query(
    `select t.run, r.record from (select f.run, f.name from ${schema}._timer f where f.due_at <= $1 and not f.held and f.name = $2
         order by f.due_at limit ${cohortRowsMost}) as f
       join ${schema}._timer t on t.run = f.run and t.name = f.name
       join ${schema}._run r on r.id = t.run join ${table} c on c.id = r.record
     where t.due_at <= $1 and not t.held and r.workflow = $3 and r.value = $4::jsonb and r.history = $5::jsonb
       and ($6::integer is null or r.version = $6)
       and r.status = 'active' and r.parent is null and c.deleted_at is null
       and not exists (select from ${schema}._run o join ${schema}._timer e on e.run = o.id
         where o.record = r.record and not e.held and (${turnOf("e")}) < (${turnOf("t")}))
     for update of c, r, t skip locked`,
    [now, alike.name, alike.workflow, JSON.stringify(alike.value), JSON.stringify(alike.history), alike.version],
  );
  return rows as readonly { readonly run: string; readonly record: string }[];
}
