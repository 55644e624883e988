import { machineOf, Problem, type Machine } from "engine";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { followFacts } from "./fact-clocks.ts";
import { isBeginning, isFact, takeNoted, tellOnce, type Heeded, type Noted } from "./heed.ts";
import { hearersOf, listenersOf } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { park } from "./parked.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { plain } from "./step.ts";
import { tried } from "./tried.ts";

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
  if (machine.document.meta.kind === "pipeline") throw placed(failed.error, "path" in one ? one.path : undefined);
  await park(tx, scene, { one, machine, error: failed.error });
}

/** What failed, told at the place of the change that set it off. */
function placed(error: unknown, path = ""): unknown {
  if (!(error instanceof Problem)) return error;
  const [first, ...others] = error.faults.map((it) => ({ ...it, path: `${path}${it.path}` }));
  return new Problem([first!, ...others]);
}

/** The change with the record as what was told of it before has left it; nothing where that is gone. */
async function asItStands(tx: Connection, scene: Scene, one: Noted): Promise<Noted | undefined> {
  if (isFact(one) || isBeginning(one)) return one;
  await flush(tx, scene);
  const entity = entityOf(scene, one.entity);
  const row = (await lockRecords(tx, scene, entity, { ids: [one.id], trash: "without" })).get(one.id);
  return row && { ...one, is: plain(row) };
}

/** Tells a workflow anew what it has failed at, with the record as it stands; throws where it fails again. */
export async function heedAgain(tx: Connection, scene: Scene, one: Noted, machine: Machine): Promise<void> {
  await tellOnce(tx, scene, { noted: [one], round: 0, only: machine }, () => flush(tx, scene));
}
