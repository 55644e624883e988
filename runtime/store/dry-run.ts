import { setImmediate } from "node:timers/promises";
import {
  accessFor,
  assumedIn,
  daysOf,
  DryCounts,
  fault,
  Known,
  planList,
  playDry,
  playKnowing,
  refuse,
  type Assumed,
  type DryCase,
  type DryTally,
  type Enrolling,
  type Fault,
  type Playing,
  type SpansTold,
  type Values,
  type Window,
} from "engine";
import { afterValues, countOf, countStatement, listStatement, writing } from "engine/sql";
import { newId } from "../id.ts";
import { runCountsOf, type RunCounts, type StateCount } from "./count-runs.ts";
import { tellOf } from "./known.ts";
import { operate } from "./operation.ts";
import type { PlayScene } from "./play-job.ts";
import { readerOf, reading, rowsOf as readRows, type ReadScene } from "./read.ts";
import { entityOf, rowsOf, targetOf } from "./rows.ts";
import { playingOf } from "./simulate.ts";

/** What a workflow would come to over records that begin it at one moment: counted as its runs are, and nothing is kept. */
export interface DryRun extends Window, Pick<RunCounts, "runs" | "transitions">, Omit<DryTally, "passed" | "stays"> {
  /** Of states by their keys; `stay` is of those that have left. */
  readonly states: Readonly<Record<string, StateCount & { readonly stay: SpansTold | null }>>;
  /** What would have moved cases on, had it happened: nobody knows it beforehand. */
  readonly assumed: Assumed;
}

/** A request that can be carried out. */
interface DryRunning {
  readonly playing: Playing;
  readonly window: Window;
  readonly enrolling: Enrolling;
  /** Which records are looked at, as the query of a list. */
  readonly query: Readonly<Record<string, string>>;
}

const batchRecords = 500;
/** So many records are played before others have a turn. */
const recordsInOneGo = 25;
const daysMost = 366;

/**
 * Reads a request: a draft, else what is live; the records that a `filter` and a `segment` name, else those on which the
 * workflow itself would begin; from when and how long. Throws what is wrong with it, faults of the draft among them.
 */
export function readDryRun(
  { workspace, principal, now }: PlayScene,
  id: string,
  { document, filter, segment, from = now.toISOString(), span = "P90D" }: Readonly<Record<string, unknown>>,
): DryRunning {
  const { model } = workspace;
  const playing: Playing = { ...playingOf(model, id, document), unexplained: true };
  const { entity, document: played } = playing.machine;
  const faults: Fault[] = [];
  const bad = (wanted: string, path: string) => void faults.push(fault("report.malformed", { wanted, path }));
  const begun = new Date(typeof from === "string" ? from : NaN);
  const dated = begun.getUTCFullYear() >= 1 && begun.getUTCFullYear() <= 9998;
  if (!dated) bad("a moment", "/from");
  const days = daysOf(span) ?? NaN;
  if (!(days <= daysMost)) bad(`a span of at most ${daysMost} days, \`P90D\` for instance`, "/span");
  if (filter !== undefined && typeof filter !== "string") bad("a text", "/filter");
  if (segment !== undefined && model.segments.get(String(segment))?.entity !== entity.name)
    faults.push(fault("segment.unknown", { segment: String(segment).slice(0, 80), path: "/segment" }));
  refuse(faults);
  const own = filter === undefined && segment === undefined;
  const { enrol } = played.meta;
  const members = own && enrol?.on === "segment" ? enrol.segment : segment;
  const conditions = [
    ...(members === undefined ? [] : [`in_segment(${JSON.stringify(members)})`]),
    ...(filter === undefined ? [] : [`(${String(filter)})`]),
  ];
  const query = conditions.length > 0 ? { filter: conditions.join(" && ") } : {};
  planList(model, accessFor(model, principal), entity.name, query);
  const until = new Date(begun.getTime() + days * 86_400_000);
  return {
    playing,
    window: { since: begun.toISOString(), until: until.toISOString() },
    enrolling: own ? "enrolled" : "named",
    query,
  };
}

/** How many records a dry run would look at. */
export function countDryRun(scene: PlayScene, { playing, query }: DryRunning): Promise<number> {
  return asReader(scene, async (reader) => {
    const asked = { ...query, count: "exact" };
    const plan = planList(reader.model, reader.access, playing.machine.entity.name, asked);
    const [row] = await readRows<{ n: number }>(reader, countStatement(readerOf(reader), plan));
    return countOf(plan, row?.n ?? 0).value;
  });
}

/**
 * Plays the records, as far as who asks sees them, each as a fresh case: batch by batch, and nothing of a batch is held when
 * it is counted. Reads alone; `progress` hears after every batch how many are done, and ends it where it answers false.
 */
export async function runDryRun(
  scene: PlayScene,
  asked: DryRunning,
  progress: (records: number) => Promise<boolean>,
): Promise<DryRun | undefined> {
  const { playing, window } = asked;
  const counts = new DryCounts(playing, window);
  for (let after: string | undefined; ;) {
    const ids = await idsBehind(scene, asked, after);
    if (ids.length > 0) for (const one of await playAll(scene, asked, ids)) counts.add(one);
    if (!(await progress(counts.records))) return undefined;
    after = ids.at(-1);
    if (ids.length < batchRecords) return told(asked, counts.told());
  }
}

/** The next records that are looked at, in the order of their ids. */
function idsBehind(scene: PlayScene, { playing, query }: DryRunning, last: string | undefined) {
  return asReader(scene, async (reader): Promise<readonly string[]> => {
    const asked = { ...query, fields: "id", limit: String(batchRecords) };
    const plan = planList(reader.model, reader.access, playing.machine.entity.name, asked);
    const after = last === undefined ? undefined : { keys: [], id: last };
    const statement = listStatement(readerOf(reader), plan, { after });
    const rows = await readRows<{ id: string }>(reader, statement, after ? afterValues(after) : {});
    return rows.slice(0, batchRecords).map(({ id }) => id);
  });
}

function asReader<Result>(
  { workspace, principal, now }: PlayScene,
  work: (scene: ReadScene) => Promise<Result>,
): Promise<Result> {
  const { model } = workspace;
  const scene = { workspace, model, access: accessFor(model, principal), principal, now, unhurried: true } as const;
  return reading(scene, (newer) => accessFor(newer, principal), work);
}

/** Lets something go on to its end, with turns for others wherever it pauses. */
async function inTurns<Made>(turns: Generator<undefined, Made>): Promise<Made> {
  for (;;) {
    const { done, value } = turns.next();
    if (done) return value;
    await setImmediate();
  }
}

/** Plays records with what is known of others around them; what they ask of these is read for many of them at once. */
async function playAll(
  { workspace, principal, now }: PlayScene,
  { playing, window, enrolling }: DryRunning,
  ids: readonly string[],
): Promise<readonly (DryCase | undefined)[]> {
  const look = { kind: "look", title: "Look at records for a dry run", now, operation: newId(now), bulk: true };
  const { result } = await operate(workspace, principal, look, async (tx, scene) => {
    const target = targetOf(scene, entityOf(scene, playing.machine.entity.name));
    const rows = await rowsOf<{ record: Values }>(tx, scene, writing.rowsById(target, ids));
    const known = new Known();
    const cases: (DryCase | undefined)[] = [];
    for (let at = 0; at < rows.length; at += recordsInOneGo) {
      const some = rows.slice(at, at + recordsInOneGo);
      const play = async () => {
        const played: (DryCase | undefined)[] = [];
        for (const { record } of some)
          played.push(await inTurns(playDry({ ...playing, known }, record, window, enrolling)));
        return played;
      };
      cases.push(...(await playKnowing(known, play, (questions) => tellOf(tx, scene, questions))));
      await setImmediate();
    }
    return cases;
  });
  return result;
}

function told({ playing: { model, machine }, window }: DryRunning, { passed, stays, ...tally }: DryTally): DryRun {
  const at = { now: new Date(window.until), model };
  const { runs, states, transitions } = runCountsOf(machine.document, passed, at);
  return {
    ...window,
    ...tally,
    runs,
    states: Object.fromEntries(
      Object.entries(states).map(([key, state]) => [key, { ...state, stay: stays[key] ?? null }]),
    ),
    transitions,
    assumed: assumedIn(machine),
  };
}
