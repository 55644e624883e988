import {
  besides,
  fault,
  pick,
  planWrite,
  problem,
  refuse,
  staleFaults,
  type Entity,
  type Fault,
  type Field,
  type PlannedWrite,
  type RecordWrite,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { noteAlike } from "./alike.ts";
import { chronicle } from "./chronicle.ts";
import { followClocks } from "./clocks.ts";
import { commit, flush, stage, type Part } from "./commit.ts";
import { numberRecords } from "./counters.ts";
import { givenParts } from "./given.ts";
import { writingOf, type Scene } from "./operation.ts";
import { followQueues } from "./queued.ts";
import { entityOf, lockRecords, ready, shaped, targetOf, veiledOn } from "./rows.ts";
import { noteChanges } from "./noted.ts";
import { dailyParts } from "./daily.ts";
import { noteRollups } from "./rollups.ts";
import { beginRuns, type BegunRuns } from "./begin-runs.ts";
import { followedTimers } from "./follow.ts";
import { releasedTimers } from "./timers.ts";
import { asPart } from "../tracing.ts";
import { noteScores } from "./score-notes.ts";
import { noteSegments } from "./segment-notes.ts";
import { fallout, hiddenAmong } from "./trash.ts";
import { clearHidden, filledIn, ledAstray } from "./rules.ts";
import { enteringFaults, givingUp, writeFaults } from "./write-checks.ts";
import { createFaults, foreseenFaults } from "./write-rights.ts";

/** So many records follow from each other at most; behind the first, so many that follow from one stand beside each other. */
const causesMost = 16;
const followingMost = 1000;
/** So many faults of a request are told at most. */
const toldMost = 1000;

/** What a write of records may be told beside the records. */
export interface WriteOptions {
  /** The state in which the run of a new record begins, by the record's id: an import brings records in mid-life. */
  readonly states?: ReadonlyMap<string, string>;
  /** What stands against other records of the request: then nothing is written, and all is told with it. */
  readonly against?: readonly Fault[];
}

/** Writes that hold, and what stands against the others. `faults` has the index of each refused write. */
export interface Sorted {
  readonly writes: readonly PlannedWrite[];
  readonly faults: ReadonlyMap<number, readonly Fault[]>;
}

/**
 * Writes records: the one way in which rows change, whoever asks. Rows, history and events, the runs of new records and
 * what their entry actions ask for are written in the scene's transaction, with as many statements for one record as
 * for ten thousand. All faults are told at once, and then nothing is written.
 *
 * Values are read already (`readNew`, `readPatch`); references, unique rules, the entity's rules and the right to create
 * are checked here, and told beside what a write has against itself. The answer has the records in the order asked for,
 * then what went along with them.
 */
export async function writeRecords(
  tx: Connection,
  scene: Scene,
  asked: readonly RecordWrite[],
  options: WriteOptions = {},
): Promise<readonly PlannedWrite[]> {
  const { against = [] } = options;
  if (asked.length === 0 && against.length === 0) return [];
  const known = [...against, ...asked.flatMap(({ faults = [] }) => faults)];
  const planned = await asPart("plan", () => planAll(tx, scene, asked, options)).catch(besides(known));
  if (against.length === 0 && planned.faults.size === 0) return store(tx, scene, planned);
  const foreseen = await foreseenFaults(tx, scene, planned.writes);
  const found = [...planned.faults, ...foreseen].sort(([one], [other]) => one - other).flatMap(([, faults]) => faults);
  refuse(inOrder([...against, ...found]).slice(0, toldMost));
  return [];
}

/** Faults in the order of the records of a list that was sent. */
function inOrder(faults: readonly Fault[]): readonly Fault[] {
  const placeOf = ({ path }: Fault) => Number(/^\/(\d+)(\/|$)/.exec(path)?.[1] ?? 0);
  return [...faults].sort((one, other) => placeOf(one) - placeOf(other));
}

/**
 * Writes the records that hold and leaves out the others: what an import does with its rows. Each fault has the index of
 * its write among those asked for. A right that is missing still refuses all of them.
 */
export async function writeWhatHolds(
  tx: Connection,
  scene: Scene,
  asked: readonly RecordWrite[],
  options: WriteOptions = {},
): Promise<Sorted> {
  const { planned, faults } = await sortOut(tx, scene, asked, options);
  const writes = planned ? await store(tx, scene, planned) : [];
  return { writes, faults: new Map([...faults, ...(await besidesFaulty(tx, scene, asked, options))]) };
}

/** What `writeWhatHolds` would write and what it would leave out. Nothing is written. */
export async function planWhatHolds(
  tx: Connection,
  scene: Scene,
  asked: readonly RecordWrite[],
  options: WriteOptions = {},
): Promise<Sorted> {
  const { planned, faults } = await sortOut(tx, scene, asked, options);
  const besides = await besidesFaulty(tx, scene, asked, options);
  return { writes: planned?.writes ?? [], faults: new Map([...faults, ...besides]) };
}

const isFaulty = ({ faults = [] }: RecordWrite) => faults.length > 0;

async function sortOut(tx: Connection, scene: Scene, asked: readonly RecordWrite[], options: WriteOptions) {
  const faults = new Map<number, readonly Fault[]>();
  let standing = [...asked.entries()].filter(([, write]) => !isFaulty(write));
  while (standing.length > 0) {
    const open = standing.map(([, write]) => write);
    const planned = await planAll(tx, scene, open, options);
    if (planned.faults.size === 0) return { planned, faults };
    const refused = new Map([...planned.faults].map(([at, found]) => [planned.causes[at - open.length] ?? at, found]));
    for (const [at, found] of refused) faults.set(standing[at]?.[0] ?? 0, found);
    standing = standing.filter((_, at) => !refused.has(at));
  }
  return { faults };
}

/** All that stands against writes that have something against themselves; those that hold are not kept out by them. */
async function besidesFaulty(tx: Connection, scene: Scene, asked: readonly RecordWrite[], options: WriteOptions) {
  const faulty = [...asked.entries()].filter(([, write]) => isFaulty(write));
  if (faulty.length === 0) return [];
  const { faults } = await planAll(
    tx,
    scene,
    faulty.map(([, write]) => write),
    options,
  );
  return [...faults].map(([at, found]) => [faulty[at]![0], found] as const);
}

interface Planned extends Sorted {
  readonly runs: readonly BegunRuns[];
  /** The rows of the clocks that go on by the writes. */
  readonly clocks: readonly Part[];
  /** Of the writes beyond those asked for: the index of the one that takes them along. */
  readonly causes: readonly number[];
}

async function planAll(
  tx: Connection,
  scene: Scene,
  asked: readonly RecordWrite[],
  options: WriteOptions,
): Promise<Planned> {
  await flush(tx, scene);
  const filled = await filledIn(tx, scene, ledAstray(scene, asked));
  const along = await fallout(tx, scene, filled);
  const { writes, faults } = await planRows(tx, scene, [...filled, ...along.writes]);
  const { begun, runs, unbegun } = await begin(tx, scene, writes, options);
  const cleared = await clearHidden(tx, scene, begun);
  const clocked = await followClocks(tx, scene, cleared.writes);
  const entering = new Map(runs.flatMap(({ requires }) => [...requires]));
  const unfilled = enteringFaults(scene, clocked.writes, entering);
  const holding = await writeFaults(tx, scene, clocked.writes);
  // Nothing else is told of a record whose run does not begin: it has no state.
  const besides = [...cleared.faults, ...unfilled, ...holding].filter(([at]) => !unbegun.has(at));
  for (const [at, found] of [...along.faults, ...unbegun, ...besides])
    faults.set(at, [...(faults.get(at) ?? []), ...found]);
  return { writes: clocked.writes, faults, runs, clocks: clocked.parts, causes: along.causes };
}

/** Reads what stands, and works out what each write makes of it. Several writes to one record follow each other. */
async function planRows(tx: Connection, scene: Scene, asked: readonly RecordWrite[]) {
  const standing = await readStanding(tx, scene, asked);
  const faults = new Map<number, readonly Fault[]>();
  const writes: PlannedWrite[] = [];
  const by = writingOf(scene);
  for (const [at, write] of asked.entries()) {
    const key = keyOf(write);
    const before = write.act === "create" ? {} : (standing.get(key) ?? write.before);
    const path = write.path ?? "";
    const known = write.faults ?? [];
    if (!before) faults.set(at, [...known, fault("record.missing", { entity: write.entity, path })]);
    else faults.set(at, write.act === "create" ? known : [...known, ...staleFaults({ ...write, before })]);
    const rights = scene.access?.entity(write.entity);
    const veiled = write.act === "create" ? undefined : rights && veiledOn(rights, before ?? {});
    const planned = planWrite(entityOf(scene, write.entity), { ...write, before: before ?? {}, veiled }, by);
    standing.set(key, planned.record);
    writes.push(planned);
  }
  for (const [at, found] of faults) if (found.length === 0) faults.delete(at);
  return { writes, faults };
}

async function readStanding(tx: Connection, scene: Scene, asked: readonly RecordWrite[]): Promise<Map<string, Values>> {
  const standing = new Map<string, Values>();
  for (const write of asked) if (write.before) standing.set(keyOf(write), write.before);
  const open = asked.filter((write) => write.act !== "create" && !write.before);
  for (const [name, writes] of Map.groupBy(open, ({ entity }) => entity)) {
    const created = new Set(asked.filter(({ act, entity }) => act === "create" && entity === name).map(({ id }) => id));
    const ids = [...new Set(writes.map(({ id }) => id))].filter((id) => !created.has(id));
    const rows = await lockRecords(tx, scene, entityOf(scene, name), { ids, trash: "with" });
    for (const [id, record] of rows) standing.set(`${name} ${id}`, record);
  }
  return standing;
}

/** Begins the runs of new records: their states, and what entry actions set, stand in the rows from the start. */
async function begin(tx: Connection, scene: Scene, writes: readonly PlannedWrite[], { states }: WriteOptions) {
  const runs: BegunRuns[] = [];
  const records = new Map<string, Values>();
  const created = writes.filter(
    ({ act, entity }) => act === "create" && entityOf(scene, entity).stateFields.length > 0,
  );
  const together = new Map(
    writes.filter(({ act }) => act === "create").map((write) => [keyOf(write), write.record] as const),
  );
  for (const [name, fresh] of Map.groupBy(created, ({ entity }) => entity)) {
    const begun = await beginRuns(
      tx,
      scene,
      entityOf(scene, name),
      fresh.map(({ record }) => record),
      states,
      together,
    );
    for (const record of begun.records) records.set(`${name} ${String(record.id)}`, record);
    runs.push(begun);
  }
  const failed = new Map(runs.flatMap(({ faults }) => [...faults]));
  const unbegun = new Map(
    writes.flatMap(({ id, act, path = "" }, at) => {
      const found = act === "create" ? failed.get(id) : undefined;
      return found ? [[at, found.map((it) => ({ ...it, path: `${path}${it.path}` }))] as const] : [];
    }),
  );
  const by = writingOf(scene);
  const replanned = writes.map((write) => {
    const record = write.act === "create" ? records.get(keyOf(write)) : undefined;
    return record ? planWrite(entityOf(scene, write.entity), { ...write, after: record }, by) : write;
  });
  return { begun: replanned, runs, unbegun };
}

/**
 * Rows, history, events and runs as the parts of one step; then what entry actions have asked for, which is the engine's
 * doing and bounded by nobody's rights.
 */
async function store(tx: Connection, scene: Scene, planned: Planned): Promise<readonly PlannedWrite[]> {
  const { runs, clocks } = planned;
  const writes = await numberRecords(tx, scene, planned.writes);
  const changing = writes.filter(({ changed }) => changed.length > 0);
  const parts: Part[] = [];
  const aside = await stepAside(tx, scene, changing);
  for (const [name, own] of Map.groupBy(changing, ({ entity }) => entity))
    parts.push(...rowParts(scene, entityOf(scene, name), own, aside));
  if (changing.some(({ entity }) => entity === "user")) scene.workspace.people.doubt(scene.workspace.pool, tx);
  const last = lastOf(changing);
  noteRollups(scene, changing, last);
  noteChanges(scene, changing, last);
  noteSegments(scene, changing, last);
  noteScores(scene, changing);
  noteAlike(scene, changing);
  const others = [...runs.flatMap((it) => it.parts), ...releasedTimers(scene.workspace, writes)];
  const followed = [...(await followedTimers(tx, scene, writes)), ...(await followQueues(tx, scene, writes))];
  const told = [...chronicle(scene, writes), ...givenParts(scene, changing), ...dailyParts(scene, changing)];
  await stage(tx, scene, [...parts, ...told, ...others, ...clocks, ...followed]);
  // What hangs on these waits is written next, about the same rows.
  if (followed.length > 0) await flush(tx, scene);
  const asked = writes.length - planned.causes.length;
  const hidden = await hiddenAmong(
    tx,
    scene,
    writes.filter(({ along }, at) => along || at >= asked),
  );
  scene.written.rows += changing.filter(({ id }) => !hidden.has(id)).length;
  refuse(await createFaults(tx, scene, writes));
  // What stands against a record that follows is told at the place of the one that it follows from.
  const places = new Map(writes.map(({ id, path = "" }) => [id, path]));
  const entered = runs.flatMap((it) => it.writes).map(([id, write]) => ({ ...write, path: places.get(id) ?? "" }));
  return [...writes, ...(await writeRecords(tx, causedBy(scene, writes, entered), entered))];
}

/** The scene of what begun runs ask for. Workflows that make each other's records without end stop here, undone whole. */
function causedBy(scene: Scene, writes: readonly PlannedWrite[], asked: readonly RecordWrite[]): Scene {
  const { steps, first } = scene.causes ?? { steps: 0, first: writes.length };
  const [next] = asked;
  const path = next?.path ?? "";
  if (next && steps >= causesMost)
    throw problem("run.too_far", { most: causesMost, entity: entityOf(scene, next.entity).title, path });
  const most = followingMost * Math.max(first, 1);
  if (steps > 0 && asked.length > most) throw problem("run.too_long", { most, path });
  return { ...scene, access: undefined, causes: { steps: steps + 1, first } };
}

const always = ["version", "updated_at", "updated_by"];

/**
 * A unique index looks at each row by itself: where one record takes what another of these writes gives away, that one
 * lies out of its way until all are written. Answers which do: `rowParts` has them stand again.
 */
export async function stepAside(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<ReadonlySet<string>> {
  const aside = new Set<string>();
  if (writes.length < 2) return aside;
  for (const [name, own] of Map.groupBy(writes, ({ entity }) => entity)) {
    const entity = entityOf(scene, name);
    const ids = givingUp(entity, own);
    if (ids.length === 0) continue;
    await flush(tx, scene);
    await commit(tx, [ready(scene, writing.rowsAside(targetOf(scene, entity), ids))], scene.model);
    for (const id of ids) aside.add(id);
  }
  return aside;
}

const none: ReadonlySet<string> = new Set();

/** The rows of one entity's writes: one statement for the new ones, one for those that stood. */
export function rowParts(
  scene: Scene,
  entity: Entity,
  writes: readonly PlannedWrite[],
  aside: ReadonlySet<string> = none,
): readonly Part[] {
  const target = targetOf(scene, entity);
  const last = lastOf(writes);
  const fresh = new Set(writes.filter(({ act }) => act === "create").map(({ id }) => id));
  const touched = new Set(
    writes.filter(({ id }) => !fresh.has(id)).flatMap(({ changed }) => changed.map(({ name }) => name)),
  );
  if (writes.some(({ id }) => aside.has(id))) touched.add("deleted_at");
  const changed = writing.keptFields(entity).filter(({ name }) => touched.has(name) || always.includes(name));
  const [inserted, updated] = [[...last].filter(([id]) => fresh.has(id)), [...last].filter(([id]) => !fresh.has(id))];
  return [
    ...(inserted.length > 0 ? [insertion(scene, target, inserted)] : []),
    ...(updated.length > 0 ? [changing(scene, target, changed, updated)] : []),
  ];
}

type Rows = readonly (readonly [id: string, record: Values])[];
const recordsOf = (rows: Rows) => rows.map(([, record]) => record);

function insertion(scene: Scene, target: writing.Target, rows: Rows): Part {
  const one = rows.length === 1;
  const cells = writing.cellSlots(writing.keptFields(target.entity), recordsOf(rows));
  return shaped(scene, ["insert", target.entity.name, one], () => writing.insertRows(target, one), cells);
}

function changing(scene: Scene, target: writing.Target, fields: readonly Field[], rows: Rows): Part {
  const one = rows.length === 1;
  const cells = writing.cellSlots(writing.identified(target.entity, fields), recordsOf(rows));
  const shape = ["change", target.entity.name, one, fields.map(({ name }) => name)];
  return shaped(scene, shape, () => writing.updateRows(target, fields, one), cells);
}

/** How each record ends up: the later write knows nothing of what the engine has added to the earlier one. */
function lastOf(writes: readonly PlannedWrite[]): ReadonlyMap<string, Values> {
  const last = new Map<string, Values>();
  for (const { id, record, changed } of writes) {
    const sofar = last.get(id);
    last.set(id, sofar ? { ...sofar, ...pick(record, changed), ...counted(record) } : record);
  }
  return last;
}

const counted = (record: Values) => Object.fromEntries(always.map((name) => [name, record[name]]));

const keyOf = ({ entity, id }: { readonly entity: string; readonly id: string }) => `${entity} ${id}`;
