import { machineOf, type Machine } from "engine";
import { sqlState } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { followFacts } from "./fact-clocks.ts";
import { isBeginning, isFact, takeNoted, tellOnce, type Heeded, type Noted } from "./heed.ts";
import { hearersOf, listenersOf } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { park } from "./parked.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { markScores } from "./score-notes.ts";
import { plain } from "./step.ts";

/**
 * Tells workflows of the changes that an operation has made in records they listen to, of the facts about them, and so
 * on, as long as that changes records again. A journey or process that fails at it does not undo what set it off: it is parked with what it
 * was told, while the others go on. A pipeline is where its record stands; where it fails, the operation does.
 */
export async function heed(tx: Connection, scene: Scene): Promise<void> {
  const noted = await take(tx, scene);
  if (noted.length > 0) await heedSome(tx, scene, { noted, round: 0 });
}

/** What is to be told next. Clocks follow facts, whoever listens. */
async function take(tx: Connection, scene: Scene): Promise<readonly Noted[]> {
  await followFacts(tx, scene, scene.facts);
  return takeNoted(scene);
}

/** Something of which it is known that not all that follows from it holds. */
interface Apart extends Heeded {
  readonly fails?: true;
}

/** All of them together; where that fails, in halves, then by workflow, until the one that fails stands alone. */
async function heedSome(tx: Connection, scene: Scene, heeded: Apart): Promise<void> {
  const { noted, round } = heeded;
  if (
    noted.length === 0 ||
    ((noted.length > 1 || !heeded.fails) && !(await tried(tx, scene, together(tx, scene, heeded))))
  )
    return;
  const [one, ...others] = noted as readonly [Noted, ...Noted[]];
  if (others.length > 0) {
    const half = Math.ceil(noted.length / 2);
    await heedSome(tx, scene, { noted: noted.slice(0, half), round });
    return heedSome(tx, scene, { noted: noted.slice(half), round });
  }
  const told = heeded.only ? [heeded.only] : listening(scene, one);
  const [machine, ...more] = told;
  if (machine && more.length === 0) return heedAlone(tx, scene, { one, round, machine });
  for (const only of told) {
    const now = await asItStands(tx, scene, one);
    if (now) await heedSome(tx, scene, { noted: [now], round, only, fails: true });
  }
}

/** Tells of all of it, and of what follows, round by round. */
const together = (tx: Connection, scene: Scene, heeded: Heeded) => async (opened: () => Promise<void>) => {
  let here = heeded;
  while (here.noted.length > 0) {
    await tellOnce(tx, scene, here, opened);
    here = { noted: await take(tx, scene), round: here.round + 1 };
  }
};

/** The workflows that hear of something at once. */
function listening(scene: Scene, one: Noted): readonly Machine[] {
  const entity = entityOf(scene, one.entity);
  if (isBeginning(one)) return [machineOf(scene.model, one.begins)].flatMap((it) => it ?? []);
  if (!isFact(one)) return listenersOf(scene, entity);
  return hearersOf(scene, entity, one.type).flatMap(({ machine, byKey }) => (byKey ? [] : [machine]));
}

interface Alone {
  readonly one: Noted;
  readonly round: number;
  readonly machine: Machine;
}

/** One change and one workflow: what follows from it may fail without it. */
async function heedAlone(tx: Connection, scene: Scene, { one, round, machine }: Alone): Promise<void> {
  const failed = await tried(tx, scene, (opened) =>
    tellOnce(tx, scene, { noted: [one], round, only: machine }, opened),
  );
  if (!failed) return heedSome(tx, scene, { noted: await take(tx, scene), round: round + 1, fails: true });
  if (machine.document.meta.kind === "pipeline") throw failed.error;
  await park(tx, scene, { one, machine, error: failed.error });
}

/** The change with the record as what was told of it before has left it; nothing where that is gone. */
async function asItStands(tx: Connection, scene: Scene, one: Noted): Promise<Noted | undefined> {
  if (isFact(one) || isBeginning(one)) return one;
  await flush(tx, scene);
  const entity = entityOf(scene, one.entity);
  const row = (await lockRecords(tx, scene, entity, { ids: [one.id], trash: "without" })).get(one.id);
  return row && { ...one, is: plain(row) };
}

/** Does work of which nothing stands where it fails. What is no fault of its own is thrown: it is tried again as a whole. */
async function tried(
  tx: Connection,
  scene: Scene,
  work: (opened: () => Promise<void>) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  let back: (() => void) | undefined;
  const opened = async () => {
    if (back) return;
    await flush(tx, scene);
    await tx.query("savepoint heed");
    back = marked(scene);
  };
  try {
    await work(opened);
    if (!back) return undefined;
    await flush(tx, scene);
  } catch (error) {
    if (!back || passing.test(sqlState(error) ?? "")) throw error;
    await tx.query("rollback to savepoint heed");
    await tx.query("release savepoint heed");
    back();
    return { error };
  }
  // It goes along with what comes next; where it fails, that does, too.
  tx.query("release savepoint heed").catch(() => undefined);
  return undefined;
}

/** Connections, rollbacks, resources, waits for others and operators: none of it is what was told. */
const passing = /^(?:08|40|53|55|57)/;

/** Remembers what the operation has noted so far; the answer goes back to it. */
function marked(scene: Scene): () => void {
  const { rows } = scene.written;
  const changes = [...scene.changes];
  const [facts, begins] = [[...scene.facts], [...scene.begins]];
  const back = [scene.rollups.mark(), scene.segments.mark(), markScores(scene)];
  return () => {
    scene.written.rows = rows;
    scene.changes.clear();
    for (const [key, change] of changes) scene.changes.set(key, change);
    scene.facts.splice(0, scene.facts.length, ...facts);
    scene.begins.splice(0, scene.begins.length, ...begins);
    for (const mark of back) mark();
    scene.staged?.splice(0);
  };
}

/** Tells a workflow anew what it has failed at, with the record as it stands; throws where it fails again. */
export async function heedAgain(tx: Connection, scene: Scene, one: Noted, workflow: string): Promise<void> {
  const machine = machineOf(scene.model, workflow);
  if (machine) await tellOnce(tx, scene, { noted: [one], round: 0, only: machine }, () => flush(tx, scene));
}
