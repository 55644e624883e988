import {
  begin,
  beginsOf,
  complete,
  invocationOf,
  invokedNow,
  isTask,
  machineOf,
  Problem,
  problem,
  refuse,
  stateInvoking,
  unfilled,
  withdraw,
  type Ending,
  type Invoked,
  type Machine,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { answered } from "../asks/index.ts";
import { newId } from "../id.ts";
import type { Scene } from "./operation.ts";
import {
  lockChildren,
  lockRunById,
  movedValues,
  snapshotOf,
  standingAfter,
  alone,
  beginning,
  surroundings,
  type Born,
  type Moved,
  type StoredRun,
} from "./run.ts";

/** A move with its machine and the record as it stood before it. */
export interface Beginning {
  readonly move: Moved;
  readonly record: Values;
}

/** A move and all that followed from it in other runs of its record, in order; and what it makes of the record. */
export interface Cascaded {
  readonly moves: readonly Moved[];
  readonly values: Values;
}

/** Processes that begin processes: deeper than this is a circle. */
const depthMost = 16;
const movesMost = 1000;

/**
 * Works out what follows from a move in other runs, all in the same step: processes that it begins, those that it
 * withdraws, and what those that end tell whoever began them. Everything happens on one record, which is locked.
 */
export async function cascade(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  { move, record }: Beginning,
): Promise<Cascaded> {
  const work = new Cascade(tx, scene, record);
  await work.take(machine, move);
  return { moves: work.moves, values: work.values };
}

/**
 * Works out what follows when a run that another has begun fails: it is withdrawn, and whoever began it hears of the
 * error, with whom those go that were begun beside it.
 */
export async function cascadeFailure(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  { move, record, error }: Beginning & { readonly error: unknown },
): Promise<Cascaded> {
  const work = new Cascade(tx, scene, record);
  await work.fail(machine, move, error);
  return { moves: work.moves, values: work.values };
}

/** A run as it stands while a step is worked out. */
interface Live {
  readonly machine: Machine;
  readonly stored: StoredRun;
  /** What it gave back, where it has ended. */
  readonly output: unknown;
}

class Cascade {
  readonly #tx: Connection;
  readonly #scene: Scene;
  readonly #record: Values;
  readonly #runs = new Map<string, Live>();
  /** Invocations of which not all has begun yet: what ends meanwhile is not the last. */
  readonly #beginning = new Set<string>();
  readonly moves: Moved[] = [];
  values: Values = {};

  constructor(tx: Connection, scene: Scene, record: Values) {
    this.#tx = tx;
    this.#scene = scene;
    this.#record = record;
  }

  /**
   * Takes a move as made, then what follows from it: what it withdraws, what it begins, whom its end is told. Whatever
   * makes it, it is refused where it leaves empty what the states require that it leads to.
   */
  async take(machine: Machine, move: Moved): Promise<void> {
    if (this.moves.length >= movesMost) throw problem("run.too_long", { most: movesMost });
    this.moves.push(move);
    this.values = { ...this.values, ...movedValues(this.#scene, machine, move.step) };
    refuse(unfilled(machine, move.step, { after: { ...this.#record, ...this.values } }));
    const live = this.#kept(machine, move);
    for (const invocation of move.step.invocations.stopped) await this.#withdraw(machine, live, invocation);
    for (const invoked of move.step.invocations.started) await this.#begin(live, invoked);
    const { parent, invocation } = live.stored;
    if (move.step.snapshot.status === "done" && parent !== null && invocation !== null)
      await this.#tell(parent, invocation);
  }

  /** Takes the withdrawal of a run that has failed, and tells whoever began it of the error. */
  async fail(machine: Machine, move: Moved, error: unknown): Promise<void> {
    await this.take(machine, move);
    const { parent, invocation } = move.before ?? alone;
    if (parent === null || invocation === null) return;
    const others = await this.#children(parent, invocation);
    await this.#end(parent, invocation, { error });
    await this.#withdrawAll(others);
  }

  #kept(machine: Machine, move: Moved): Live {
    const live = { machine, stored: standingAfter(this.#scene, machine, move), output: move.step.output };
    this.#runs.set(move.run, live);
    return live;
  }

  async #around(machine: Machine) {
    const record = { ...this.#record, ...this.values };
    return { ...(await surroundings(this.#tx, this.#scene, machine, [record])), record };
  }

  async #begin({ stored }: Live, { id: invocation, src, input }: Invoked): Promise<void> {
    const { type, workflow = "" } = invocationOf(src);
    if (!type.begins) return;
    const child = machineOf(this.#scene.model, workflow);
    if (!child) throw problem("workflow.unknown", { name: workflow });
    const depth = stored.depth + 1;
    if (depth > depthMost) throw problem("run.too_deep", { most: depthMost });
    const born = { workflow, parent: stored.id, invocation, depth, generation: stored.revision };
    // What began before may have moved it on already.
    const waits = () => this.#runs.get(stored.id)?.stored.revision === stored.revision;
    const key = `${stored.id} ${invocation}`;
    this.#beginning.add(key);
    for (const { item, values } of type.begins.runs(input as Values))
      if (waits()) await this.#beginOne(child, { ...born, item }, values);
    this.#beginning.delete(key);
    if (waits() && !this.#here(stored.id, invocation).some(isLive)) await this.#tell(stored.id, invocation);
  }

  async #beginOne(machine: Machine, born: Born, given: Values): Promise<void> {
    const around = await this.#around(machine);
    const run = newId(this.#scene.now);
    const event = beginning({ parent: born.parent, invocation: born.invocation }, given);
    try {
      const step = await answered(this.#tx, this.#scene, around, (asked) => begin(machine, asked, given));
      await this.take(machine, {
        run,
        record: String(around.record.id),
        revision: 1,
        event,
        before: undefined,
        step,
        born,
      });
    } catch (error) {
      const fault = error instanceof Problem ? error.faults[0] : undefined;
      if (fault?.code !== "run.failed" || born.parent === null) throw error;
      await this.#end(born.parent, born.invocation ?? "", { error: { code: fault.code, detail: fault.detail } });
    }
  }

  /** Withdraws what a run has begun by an invocation, and what that has begun in turn. */
  async #withdraw(machine: Machine, { stored }: Live, invocation: string): Promise<void> {
    const src = stateInvoking(machine, invocation)?.invoke?.src;
    if (src !== undefined && isTask(src)) return;
    await this.#withdrawAll(await this.#children(stored.id, invocation));
  }

  async #withdrawAll(children: readonly Live[]): Promise<void> {
    for (const { stored } of children) {
      const now = this.#runs.get(stored.id);
      if (!now || !isLive(now)) continue;
      const names = now.stored.timers.map(({ name }) => name);
      const step = withdraw(now.machine, snapshotOf(now.stored), names);
      await this.#moveOn(now, { type: "withdrawn", data: { parent: stored.parent } }, step);
    }
  }

  /** The live runs that a run has begun by an invocation, as they stand in this step. */
  async #children(parent: string, invocation: string): Promise<readonly Live[]> {
    for (const stored of await lockChildren(this.#tx, this.#scene, parent, invocation)) {
      const machine = machineOf(this.#scene.model, stored.workflow, stored.version);
      if (machine && !this.#runs.has(stored.id)) this.#runs.set(stored.id, { machine, stored, output: undefined });
    }
    return this.#here(parent, invocation).filter(isLive);
  }

  /** What is known in this step of the runs that a run has begun by an invocation. */
  #here(parent: string, invocation: string): readonly Live[] {
    return [...this.#runs.values()].filter(
      ({ stored }) => stored.parent === parent && stored.invocation === invocation,
    );
  }

  /** What the runs gave back that ended among those begun together, in the order of their items. */
  async #outputs(parent: string, invocation: string): Promise<readonly unknown[]> {
    const { rows } = await this.#tx.query(
      `select id, item, generation, output from ${this.#scene.workspace.schema}._run
       where parent = $1 and invocation = $2 and status = 'done'`,
      [parent, invocation],
    );
    const here = this.#here(parent, invocation);
    const ended = here.filter(({ stored }) => stored.status === "done");
    const all = [
      ...(rows as Ended[]).filter(({ id }) => !this.#runs.has(id)),
      ...ended.map(({ stored, output }) => ({ ...stored, output })),
    ];
    const newest = Math.max(...all.map(({ generation }) => generation), ...here.map((it) => it.stored.generation));
    return all
      .filter(({ generation }) => generation === newest)
      .sort((one, other) => (one.item ?? 0) - (other.item ?? 0))
      .map(({ output }) => output ?? null);
  }

  /** Tells a run that something which it has begun is done; of one for each item, when enough are. */
  async #tell(parent: string, invocation: string): Promise<void> {
    const live = await this.#live(parent);
    if (!live || !isLive(live)) return;
    const { machine, stored } = live;
    const environment = { ...(await this.#around(machine)), context: stored.context, event: {} };
    const asked = invokedNow(machine, stored.value, environment).find(({ id }) => id === invocation);
    const begins = asked && beginsOf(asked.src);
    if (!begins) return;
    const outputs = await this.#outputs(parent, invocation);
    const others = await this.#children(parent, invocation);
    const open = others.length > 0 || this.#beginning.has(`${parent} ${invocation}`);
    const done = begins.done(asked.input as Values, { outputs, open });
    if (!done) return;
    await this.#end(parent, invocation, done);
    // What is open still is wanted no more.
    await this.#withdrawAll(others);
  }

  async #live(run: string): Promise<Live | undefined> {
    const known = this.#runs.get(run);
    if (known) return known;
    const stored = await lockRunById(this.#tx, this.#scene, run);
    const machine = stored && machineOf(this.#scene.model, stored.workflow, stored.version);
    if (!stored || !machine) return undefined;
    const live = { machine, stored, output: undefined };
    this.#runs.set(run, live);
    return live;
  }

  /** Moves a run by the end of what it has begun. */
  async #end(run: string, invocation: string, ending: Ending): Promise<void> {
    const live = await this.#live(run);
    if (!live) return;
    const { machine, stored } = live;
    const around = await this.#around(machine);
    const step = await answered(this.#tx, this.#scene, around, (asked) =>
      complete(machine, snapshotOf(stored), invocation, ending, asked),
    );
    await this.#moveOn(
      live,
      { type: "error" in ending ? "process.failed" : "process.done", data: { invocation } },
      step,
    );
  }

  async #moveOn({ machine, stored }: Live, event: Moved["event"], step: Moved["step"]): Promise<void> {
    const { id: run, revision } = stored;
    const record = String(this.#record.id);
    await this.take(machine, { run, record, revision: revision + 1, event, before: stored, step });
  }
}

interface Ended {
  readonly id: string;
  readonly item: number | null;
  readonly generation: number;
  readonly output: unknown;
}

const isLive = ({ stored }: Live): boolean => stored.status === "active";
