import {
  machineOf,
  unfilled,
  type Entity,
  type Machine,
  type Model,
  type RecordWrite,
  type RunStep,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { effectWrites } from "../effects/index.ts";
import type { Workspace } from "../workspace.ts";
import { flush, stage } from "./commit.ts";
import { engineScene, type Due } from "./due.ts";
import { moveParts } from "./moves.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { settle } from "./settle.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { beginsRuns, lockRunsById, movedValues, surroundings, type Moved, type StoredRun } from "./run.ts";
import { plain, type CarriedOut } from "./step.ts";
import { writeRecords } from "./write.ts";

/** Due things of runs that one workflow moves by one cause. */
export interface Wave<One extends Due> {
  readonly machine: Machine;
  readonly scene: Scene;
  readonly dues: readonly One[];
}

/** A due thing with its run, and what surrounds the run while it moves. */
export interface Mover<One extends Due> {
  readonly due: One;
  readonly run: StoredRun;
  readonly record: Values;
  readonly around: Awaited<ReturnType<typeof surroundings>>;
}

/** A move that a due thing has made. */
export interface Made {
  readonly step: RunStep;
  readonly event: Moved["event"];
  /** It leads nowhere any more, and nothing is written down. */
  readonly spent: boolean;
}

/** How the runs of a kind of due things are moved together. */
export interface Waving<One extends Due> {
  /** What tells the waves of a workflow apart; each is an operation. */
  readonly cause: (due: One) => string;
  readonly lane: (machine: Machine, due: One) => Scene["lane"];
  readonly title: (machine: Machine, due: One) => string;
  readonly kind: string;
  /** Whether it is due still, now that its run is locked. */
  readonly isDue: (run: StoredRun, due: One, now: Date) => boolean;
  /** Those that nobody else has seen to meanwhile, locked; without it all whose runs say so. */
  readonly standing?: (tx: Connection, scene: Scene, dues: readonly One[]) => Promise<readonly One[]>;
  /** The move and its event; nothing where this one is moved by itself. */
  readonly step: (machine: Machine, mover: Mover<One>) => Made | undefined;
  /** What waits until its record comes back from the trash. */
  readonly hold: (tx: Connection, scene: Scene, dues: readonly One[]) => Promise<void>;
  /** What leads nowhere any more. */
  readonly drop: (tx: Connection, scene: Scene, dues: readonly One[]) => Promise<void>;
  /** What has moved its run, where the move itself does not see to that. */
  readonly done?: (tx: Connection, scene: Scene, dues: readonly One[]) => Promise<void>;
}

/**
 * Moves the runs of many due things, wave by wave: each with a constant number of statements, however many runs it has.
 * Answers those that are left to be moved one by one; throws where any of them fails, and then nothing holds.
 */
export async function moveTogether<One extends Due>(
  tx: Connection,
  { workspace, model, now }: { readonly workspace: Workspace; readonly model: Model; readonly now: Date },
  dues: readonly One[],
  waving: Waving<One>,
): Promise<readonly One[]> {
  const left: One[] = [];
  const taken = new Set<string>();
  const first = dues.filter((due) => {
    // What else is due on the same record follows when this has moved it.
    const free = !taken.has(due.record);
    taken.add(due.record);
    if (!free) left.push(due);
    return free;
  });
  const goes = (due: One) => machineOf(model, due.workflow, due.version);
  const waves = Map.groupBy(
    first,
    (due) => `${due.workflow} ${goes(due)?.earlier ? due.version : ""} ${waving.cause(due)}`,
  );
  for (const them of waves.values()) {
    const machine = goes(them[0]!);
    const lane = machine && waving.lane(machine, them[0]!);
    const scene: Scene = { ...engineScene(workspace, model, now), staged: [], ...(lane ? { lane } : {}) };
    left.push(...(machine ? await moveWave(tx, { machine, scene, dues: them }, waving) : them));
  }
  return left;
}

/** A move that is made without an answer to anything: one that has to ask is made by itself, as is one that fails. */
export function unlessFailing(move: () => RunStep): RunStep | undefined {
  try {
    return move();
  } catch {
    return undefined;
  }
}

async function moveWave<One extends Due>(
  tx: Connection,
  { machine, scene, dues }: Wave<One>,
  waving: Waving<One>,
): Promise<readonly One[]> {
  const runs = await lockRunsById(
    tx,
    scene,
    dues.map(({ run }) => run),
  );
  const unseen = waving.standing ? await waving.standing(tx, scene, dues) : dues;
  const open = unseen.flatMap((due) => {
    const run = runs.get(due.run);
    return run && waving.isDue(run, due, scene.now) ? [{ due, run }] : [];
  });
  const ids = open.map(({ due }) => due.record);
  const rows = await lockRecords(tx, scene, entityOf(scene, machine.entity.name), { ids, trash: "without" });
  const gone = open.filter(({ due }) => !rows.has(due.record)).map(({ due }) => due);
  const standing = open.filter(({ due }) => rows.has(due.record));
  const records = new Map([...rows].map(([id, row]) => [id, plain(row)]));
  const around = await surroundings(tx, scene, machine, [...records.values()]);
  const [left, spent, done, carried]: [One[], One[], One[], CarriedOut[]] = [[], [], [], []];
  for (const { due, run } of standing) {
    const before = rows.get(due.record)!;
    const record = records.get(due.record)!;
    const made = waving.step(machine, { due, run, record, around });
    if (!made || !isAlone(made.step, run) || isRefused(scene, machine, made.step, record)) left.push(due);
    else if (made.spent) spent.push(due);
    else {
      done.push(due);
      const revision = run.revision + 1;
      const move: Moved = {
        run: run.id,
        record: due.record,
        revision,
        event: made.event,
        before: run,
        step: made.step,
      };
      carried.push({ move, before, given: {} });
    }
  }
  if (!(await carryOutAll(tx, scene, machine, carried))) return dues;
  if (gone.length > 0) await waving.hold(tx, scene, gone);
  if (spent.length > 0) await waving.drop(tx, scene, spent);
  if (done.length > 0) await waving.done?.(tx, scene, done);
  if (carried.length > 0) await keepOperation(tx, scene, { kind: waving.kind, title: waving.title(machine, dues[0]!) });
  await settle(tx, scene);
  await flush(tx, scene);
  return left;
}

/** Whether nothing follows from a move in other runs, and nothing that it takes back must be read for it. */
export function isAlone(step: RunStep, { parent }: StoredRun): boolean {
  if (step.snapshot.status === "done" ? parent !== null : beginsRuns(step)) return false;
  return step.invocations.stopped.length === 0 && !step.effects.some((effect) => effect.do === "compensate");
}

/**
 * Whether a move leaves empty what the states require that it leads to, or, where somebody sends its event, the forms on
 * the way: why is told where it is made by itself.
 */
export function isRefused(scene: Scene, machine: Machine, step: RunStep, record: Values, given?: Values): boolean {
  if (machine.forms(step.taken).length + step.requires.length === 0) return false;
  const after = { ...record, ...movedValues(scene, machine, step) };
  return unfilled(machine, step, { ...(given ? { given } : {}), after }).length > 0;
}

/**
 * Writes moves down, all of one workflow and each of another record: what `carryOut` does, for many. Writes nothing and
 * answers false where one of them could be seen by another: then their order counts.
 */
export async function carryOutAll(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  carried: readonly CarriedOut[],
): Promise<boolean> {
  if (carried.length === 0) return true;
  const { entity } = machine;
  const moves = carried.map(({ move }) => move);
  const effects = effectWrites(scene, moves);
  if (seesOthers(machine, effects, new Set(moves.map(({ record }) => record)))) return false;
  const owners = new Map<string, unknown>();
  const writes = carried.map(({ move, before }): RecordWrite => {
    const after = movedValues(scene, machine, move.step);
    owners.set(move.record, after.owner ?? before.owner);
    return { act: "move", entity: entity.name, id: move.record, before, after, event: move.event, path: "/values" };
  });
  await writeRecords(tx, scene, [...writes, ...effects]);
  await stage(tx, scene, await moveParts(tx, scene, machine, moves, (record) => owners.get(record)));
  return true;
}

/** Whether a run's expressions may read what is written beside its own record, or a record is written by two. */
function seesOthers(machine: Machine, effects: readonly RecordWrite[], own: ReadonlySet<string>): boolean {
  const { entity } = machine;
  if (effects.some(({ act, entity: name, id }) => act !== "create" && name === entity.name && own.has(id))) return true;
  const written = new Set([entity.name, ...effects.map((it) => it.entity)]);
  const read = machine.reads(machine.document);
  const leads = read.some((path) => path.some(({ to, list }) => written.has(list?.entity ?? to ?? "")));
  return leads || (effects.length > 0 && read.some((path) => isCounted(entity, path[0]?.name)));
}

/** A roll-up follows what is written elsewhere. */
function isCounted({ fields }: Entity, name: string | undefined): boolean {
  return fields.get(name ?? "")?.type.name === "rollup";
}
