import {
  againFrom,
  begin,
  beginsBy,
  finish,
  hear,
  heard,
  listenedPaths,
  machineOf,
  problem,
  type Entity,
  type Heard,
  type Machine,
  type RunScene,
  type Values,
} from "engine";
import { answered } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import { effectWrites } from "../effects/index.ts";
import { newId } from "../id.ts";
import { cascade } from "./cascade.ts";
import { flush, stage } from "./commit.ts";
import { moveParts } from "./moves.ts";
import { listenersOf, type NotedChange } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import {
  alone,
  beginsRuns,
  lockRunsOf,
  movedValues,
  snapshotOf,
  standingAfter,
  surroundings,
  type Moved,
  type RunOfRecord,
} from "./run.ts";
import { writeRecords } from "./write.ts";

/** Changes that set off changes: longer than this is a circle. */
const roundsMost = 16;
const recordsAtOnce = 500;

/**
 * Tells workflows of the changes that an operation has made in records they listen to: runs begin, hear of it, or end,
 * all in the operation's transaction; and so on, as long as that changes records again.
 */
export async function heed(tx: Connection, scene: Scene): Promise<void> {
  for (let round = 0; scene.changes.size > 0; round++) {
    const changes = [...scene.changes.values()];
    scene.changes.clear();
    for (const [name, them] of Map.groupBy(changes, ({ entity }) => entity)) {
      const entity = entityOf(scene, name);
      for (let from = 0; from < them.length; from += recordsAtOnce)
        await new Heeding(tx, scene, entity).all(them.slice(from, from + recordsAtOnce), round);
    }
  }
}

/** What a change says to one workflow. */
interface Told {
  readonly change: NotedChange;
  readonly machine: Machine;
  readonly said: Heard;
}

class Heeding {
  readonly #tx: Connection;
  readonly #scene: Scene;
  readonly #entity: Entity;
  readonly #runs = new Map<string, RunOfRecord>();
  /** What the moves so far have made of records; and what of it is not written yet. */
  readonly #values = new Map<string, Values>();
  readonly #changed = new Map<string, Values>();
  readonly #owners = new Map<string, unknown>();
  readonly #moves: Moved[] = [];
  #around: Omit<RunScene, "record"> | undefined;

  constructor(tx: Connection, scene: Scene, entity: Entity) {
    this.#tx = tx;
    this.#scene = { ...scene, access: undefined };
    this.#entity = entity;
  }

  async all(changes: readonly NotedChange[], round: number): Promise<void> {
    const told = await this.#told(changes);
    const [first] = told;
    if (!first) return;
    if (round >= roundsMost)
      throw problem("run.circle", { workflow: first.machine.document.meta.title, most: roundsMost });
    await flush(this.#tx, this.#scene);
    for (const { change } of told) this.#owners.set(change.id, change.is.owner);
    await this.#read(told);
    for (const one of told) await this.#heed(one);
    await this.#write();
  }

  /** What the changes say, to whom they say something. */
  async #told(changes: readonly NotedChange[]): Promise<readonly Told[]> {
    const machines = listenersOf(this.#scene, this.#entity);
    const paths = machines.flatMap(listenedPaths);
    const records = changes.flatMap(({ was, is }) => (was && paths.length > 0 ? [is, was] : [is]));
    const around = await surroundings(this.#tx, this.#scene, { entity: this.#entity, paths }, records);
    return changes.flatMap((change) => {
      const was = change.was && { ...around, record: change.was };
      const is = { ...around, record: change.is };
      return machines.flatMap((machine) => {
        const said = heard(machine, { was, is });
        return said.enrols || said.events.length > 0 || said.ends ? [{ change, machine, said }] : [];
      });
    });
  }

  /** What surrounds the runs, read once for all of them, and the runs themselves. */
  async #read(told: readonly Told[]): Promise<void> {
    const machines = [...new Set(told.map(({ machine }) => machine))];
    const changes = new Map(told.map(({ change }) => [change.id, change.is]));
    const paths = machines.flatMap((it) => it.paths);
    this.#around = await surroundings(this.#tx, this.#scene, { entity: this.#entity, paths }, [...changes.values()]);
    await this.#readRuns(
      [...changes.keys()],
      machines.map(({ id }) => id),
    );
  }

  async #readRuns(records: readonly string[], workflows: readonly string[]): Promise<void> {
    for (const run of await lockRunsOf(this.#tx, this.#scene, records, workflows)) this.#runs.set(run.id, run);
  }

  #runsOf({ change, machine }: Told): readonly RunOfRecord[] {
    return [...this.#runs.values()].filter((it) => it.record === change.id && it.workflow === machine.id);
  }

  /** What a run sees: the record as it stands among the moves so far. */
  #sceneOf({ id, is }: NotedChange) {
    return { ...this.#around!, record: { ...is, ...this.#values.get(id) } };
  }

  async #heed(told: Told): Promise<void> {
    const { machine, said, change } = told;
    const { goal } = machine.document.meta;
    for (const { id } of this.#runsOf(told)) {
      for (const type of said.events)
        if (!(await this.#hear(told, id, type)) && type === goal?.event) await this.#end(told, id, "goal");
      if (said.ends) await this.#end(told, id, said.ends);
    }
    const begins = said.events.find((type) => beginsBy(machine, type, this.#sceneOf(change)));
    if (!said.enrols && begins === undefined) return;
    const earlier = this.#runsOf(told).filter(({ parent }) => parent === null);
    if (!againFrom(machine.document, earlier, this.#scene.now)) await this.#begin(told, begins);
  }

  async #hear(told: Told, id: string, type: string): Promise<boolean> {
    const run = this.#runs.get(id)!;
    const around = this.#sceneOf(told.change);
    const event = { type, source: "record" } as const;
    const step = await answered(this.#tx, this.#scene, (answers) =>
      hear(told.machine, snapshotOf(run), event, { ...around, answers }),
    );
    if (step) await this.#take(told, { run: id, revision: run.revision + 1, event: { type }, before: run, step });
    return step !== undefined;
  }

  async #end(told: Told, id: string, type: "goal" | "exit"): Promise<void> {
    const run = this.#runs.get(id)!;
    if (run.status !== "active") return;
    const names = run.timers.map(({ name }) => name);
    const step = finish(told.machine, snapshotOf(run), names);
    await this.#take(told, { run: id, revision: run.revision + 1, event: { type }, before: run, step });
  }

  async #begin(told: Told, by: string | undefined): Promise<void> {
    const { machine } = told;
    const around = this.#sceneOf(told.change);
    const step = await answered(this.#tx, this.#scene, (answers) => begin(machine, { ...around, answers }));
    const event = { type: "begin", data: { workflow: machine.id, ...(by === undefined ? {} : { event: by }) } };
    const born = { ...alone, workflow: machine.id };
    await this.#take(told, { run: newId(this.#scene.now), revision: 1, event, before: undefined, step, born });
  }

  /** Takes a move as made. One from which more follows is written at once: what follows is read from what stands. */
  async #take({ change, machine }: Told, made: Omit<Moved, "record">): Promise<void> {
    const move = { ...made, record: change.id };
    const { record } = this.#sceneOf(change);
    if (!beginsRuns(move.step)) return this.#keep(machine, [move], movedValues(this.#scene, machine, move.step));
    await this.#write();
    await flush(this.#tx, this.#scene);
    const { moves, values } = await cascade(this.#tx, this.#scene, machine, { move, record });
    this.#keep(machine, moves, values);
    await this.#write();
    await flush(this.#tx, this.#scene);
    await this.#readRuns(
      [change.id],
      listenersOf(this.#scene, this.#entity).map(({ id }) => id),
    );
  }

  #keep(machine: Machine, moves: readonly Moved[], values: Values): void {
    const [{ record, run }] = moves as readonly [Moved];
    this.#moves.push(...moves);
    this.#values.set(record, { ...this.#values.get(record), ...values });
    this.#changed.set(record, { ...this.#changed.get(record), ...values });
    const started_at = this.#runs.get(run)?.started_at ?? this.#scene.now.toISOString();
    this.#runs.set(run, { ...standingAfter(this.#scene, machine, moves[0]!), record, started_at });
  }

  /** Writes down the moves so far, with what they make of their records. */
  async #write(): Promise<void> {
    const moves = this.#moves.splice(0);
    const [first] = moves;
    if (!first) return;
    const changed = [...this.#changed].filter(([, values]) => Object.keys(values).length > 0);
    this.#changed.clear();
    const { name } = this.#entity;
    const writes = changed.map(([id, after]) => ({ act: "move", entity: name, id, after }) as const);
    await writeRecords(this.#tx, this.#scene, [...writes, ...effectWrites(this.#scene, moves)]);
    const machine = machineOf(this.#scene.model, first.before?.workflow ?? first.born?.workflow ?? "")!;
    const owner = (id: string) => this.#owners.get(id);
    await stage(this.#tx, this.#scene, await moveParts(this.#tx, this.#scene, machine, moves, owner));
  }
}
