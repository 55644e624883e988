import type { Model } from "engine";
import { inTurn, transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { flush } from "./commit.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import { engineItself, nothingDone, type Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { settle } from "./settle.ts";

/** Something whose moment has come for a run. */
export interface Due {
  readonly run: string;
  readonly workflow: string;
  /** The version of the model by which the run goes. */
  readonly version: number;
  readonly entity: string;
  readonly record: string;
}

/** Things that move runs by themselves: where they wait, and what they do. */
export interface DueKind<One extends Due> {
  readonly isDue: (workspace: Workspace, now: Date) => Promise<boolean>;
  /** Those that wait, the longest first, so many at most; unlocked. */
  readonly waiting: (tx: Connection, workspace: Workspace, now: Date, most: number) => Promise<readonly One[]>;
  /** Moves the run of one whose record is locked. */
  readonly move: (tx: Connection, scene: Scene, due: One) => Promise<void>;
  /** Moves the runs of several whose records are locked; answers those that it has left. Throws where any fails. */
  readonly moveTogether: (tx: Connection, moving: Moving, dues: readonly One[]) => Promise<readonly One[]>;
  /** Moves the runs of those that stand alike by one statement, where there are many; answers how many it has moved. */
  readonly moveCohort?: (tx: Connection, moving: Moving) => Promise<number>;
  /** Its move has failed: it is tried again later, and in the end a person looks at it. */
  readonly putOff: (
    tx: Connection,
    workspace: Workspace,
    due: One,
    how: { now: Date; error: unknown },
  ) => Promise<void>;
}

/** How runs are moved: each by itself, many by one write, or all that stand alike by one statement. */
export type Executor = "single" | "batch" | "cohort";

/** Where, by which model and when due things are moved. */
export interface Moving {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly now: Date;
  /** So many that stand alike are a wave; 128 where nothing is said. */
  readonly waveFrom?: number;
}

/** How a batch went: how many it saw to, and what failed. */
export interface Moves {
  readonly count: number;
  readonly failures: readonly unknown[];
}

/** So many are moved in one transaction, and of those that are moved one by one so many. */
const batchRows = 500;
const aloneRows = 50;

/** How often the move of something due is tried, and how long after each try. */
export const attemptsMost = 5;
export const againAfterMs = 30_000;

/**
 * Takes up to five hundred due things and moves their runs in one transaction: whoever is killed in the middle has done
 * nothing. They are moved together where they can be, and one by one where not. Where one of them fails, those beside it
 * do not: the batch is halved until it stands alone. Records that others are at are left for the next round, so two
 * workers share the work.
 */
export async function moveDue<One extends Due>(
  workspace: Workspace,
  now: Date,
  kind: DueKind<One>,
  by: Executor = "cohort",
): Promise<Moves> {
  const batch = async (tx: Connection, opened: readonly any[]) => {
    if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
    return moveSome(tx, { workspace, model: workspace.model, now }, kind, by);
  };
  return transaction(workspace.pool, "bulk", batch, sharing(workspace));
}

/** The same within a transaction that somebody else holds. */
export async function moveSome<One extends Due>(
  tx: Connection,
  moving: Moving,
  kind: DueKind<One>,
  by: Executor = "cohort",
): Promise<Moves> {
  const wave = by === "cohort" ? ((await kind.moveCohort?.(tx, moving)) ?? 0) : 0;
  if (wave > 0) return { count: wave, failures: [] };
  const due = await claim(tx, moving, kind, by === "single" ? aloneRows : batchRows);
  const alone = by === "single" ? due : await together(tx, moving, kind, due);
  const failures: unknown[] = [];
  for (const one of alone.slice(0, aloneRows)) failures.push(...(await byItself(tx, moving, kind, one)));
  return { count: due.length - Math.max(0, alone.length - aloneRows), failures };
}

/** Moves what can be moved together, halving what fails. Answers what is left to be moved one by one. */
async function together<One extends Due>(
  tx: Connection,
  moving: Moving,
  kind: DueKind<One>,
  due: readonly One[],
): Promise<readonly One[]> {
  if (due.length < 2) return due;
  await tx.query("savepoint wave");
  try {
    const left = await kind.moveTogether(tx, moving, due);
    await tx.query("release savepoint wave");
    return left;
  } catch {
    // What is wrong is told by the one that fails by itself.
    await tx.query("rollback to savepoint wave");
    await tx.query("release savepoint wave");
    const half = Math.ceil(due.length / 2);
    const first = await together(tx, moving, kind, due.slice(0, half));
    return [...first, ...(await together(tx, moving, kind, due.slice(half)))];
  }
}

/** Moves the run of one, as an operation of its own. Answers what it failed with. */
async function byItself<One extends Due>(
  tx: Connection,
  { workspace, model, now }: Moving,
  kind: DueKind<One>,
  one: One,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const saved = tx.query("savepoint due");
  try {
    const scene: Scene = { ...engineScene(workspace, model, now), staged: [] };
    await inTurn([saved, kind.move(tx, scene, one)]);
    await settle(tx, scene);
    await flush(tx, scene);
  } catch (error) {
    await tx.query("rollback to savepoint due");
    await kind.putOff(tx, workspace, one, { now, error });
    failures.push(error);
  }
  // It goes along with what comes next; where it fails, that does, too.
  tx.query("release savepoint due").catch(() => undefined);
  return failures;
}

/** Due things whose records nobody else holds, so many at most; records first, then runs, as a person's move locks them. */
async function claim<One extends Due>(
  tx: Connection,
  { workspace, model, now }: Moving,
  kind: DueKind<One>,
  most: number,
): Promise<readonly One[]> {
  const wanted = await kind.waiting(tx, workspace, now, most * 2);
  const free = new Set<string>();
  for (const [name, them] of Map.groupBy(wanted, ({ entity }) => entity)) {
    if (!model.entities.has(name)) continue;
    const records = [...new Set(them.map(({ record }) => record))];
    for (const id of await lockFree(tx, engineScene(workspace, model, now), name, records)) free.add(id);
  }
  return wanted.filter(({ record }) => free.has(record)).slice(0, most);
}

/** Records that nobody else holds, locked until the transaction ends. */
export async function lockFree(tx: Connection, scene: Scene, entity: string, ids: readonly string[]) {
  const target = `${scene.workspace.schema}."${entityOf(scene, entity).name}"`;
  const { rows } = await tx.query(
    `select id from ${target} where id = any($1::uuid[]) order by id limit ${batchRows} for update skip locked`,
    [ids],
  );
  return rows.map(({ id }: { id: string }) => id);
}

/** The scene of what the engine does by itself. */
export function engineScene(workspace: Workspace, model: Model, now: Date): Scene {
  return {
    workspace,
    model,
    access: undefined,
    principal: engineItself,
    now,
    operation: newId(now),
    reason: null,
    ...nothingDone(),
  };
}
