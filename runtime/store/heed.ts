import {
  acceptEvent,
  againFrom,
  begin,
  beginsBy,
  broughtBy,
  endedBy,
  finish,
  goesBy,
  hear,
  heard,
  listenedPaths,
  machineOf,
  Problem,
  problem,
  refuse,
  unfilled,
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
import type { Fact } from "./facts.ts";
import { moveParts } from "./moves.ts";
import { arrivedParts } from "./listening.ts";
import { hearersOf, listenersOf, type Beginning, type NotedChange } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { lockRecords } from "./rows.ts";
import {
  alone,
  beginning,
  beginsRuns,
  lockRunsOf,
  movedValues,
  snapshotOf,
  standingAfter,
  surroundings,
  type Moved,
  type RunOfRecord,
} from "./run.ts";
import { unbegunParts, type Unbegun } from "./unbegun.ts";
import { writeRecords } from "./write.ts";

/** Changes that set off changes: longer than this is a circle. */
const roundsMost = 16;
const recordsAtOnce = 500;

/** What workflows may hear of: a record that has changed, something that has happened to it, or that they are to begin. */
export type Noted = NotedChange | Fact | Beginning;

/** Some of what workflows are told of. */
export interface Heeded {
  readonly noted: readonly Noted[];
  /** How many changes have led here, one because of the other. */
  readonly round: number;
  /** The only workflow that is told; all that listen where none is named. */
  readonly only?: Machine | undefined;
}

export const isFact = (one: Noted): one is Fact => "type" in one;
export const isBeginning = (one: Noted): one is Beginning => "begins" in one;
const isChange = (one: Noted): one is NotedChange => !isFact(one) && !isBeginning(one);

/** What an operation has noted so far; it is noted no more. */
export function takeNoted({ changes, facts, begins }: Scene): readonly Noted[] {
  const noted = [...changes.values(), ...facts.splice(0), ...begins.splice(0)];
  changes.clear();
  return noted;
}

/**
 * Tells workflows of changes in records they listen to, and of facts about them: runs begin, hear of it, or end, all in
 * the operation's transaction. `opened` is called before the first of them is moved. What that changes is noted with the
 * operation.
 */
export async function tellOnce(tx: Connection, scene: Scene, heeded: Heeded, opened: () => Promise<void>) {
  const { noted, round, only } = heeded;
  for (const [name, them] of Map.groupBy(noted, ({ entity }) => entity)) {
    const entity = scene.model.entities.get(name);
    if (!entity) continue;
    for (let from = 0; from < them.length; from += recordsAtOnce) {
      const some = them.slice(from, from + recordsAtOnce);
      const heeding = new Heeding(tx, scene, { entity, only, opened });
      await heeding.all(some, round);
    }
  }
}

/** Begins a workflow on records, all locked, that may begin it now: as one step for all of them. */
export async function beginAll(tx: Connection, scene: Scene, machine: Machine, records: readonly Values[]) {
  const { entity } = machine;
  for (let from = 0; from < records.length; from += recordsAtOnce) {
    const heeding = new Heeding(tx, scene, { entity, only: machine, opened: () => Promise.resolve() });
    await heeding.begin(machine, records.slice(from, from + recordsAtOnce));
  }
}

/** A run that somebody or something has begun, and that has not failed to. */
export const hasBegun = ({ parent, revision }: RunOfRecord): boolean => parent === null && revision > 0;

/** What a change says to one workflow. */
interface Told {
  readonly change: NotedChange;
  readonly machine: Machine;
  readonly said: Heard;
  /** Where it is no change of the record but something that has happened to it: what that brings along. */
  readonly fact?: { readonly data: Fact["data"] };
  /** What a run that begins is given. */
  readonly given?: Values;
}

/** Whose records are spoken of, who hears of it, and what is done before. */
interface Listening {
  readonly entity: Entity;
  readonly only: Machine | undefined;
  readonly opened: () => Promise<void>;
}

class Heeding {
  readonly #tx: Connection;
  readonly #scene: Scene;
  readonly #entity: Entity;
  readonly #only: Machine | undefined;
  readonly #opened: () => Promise<void>;
  readonly #runs = new Map<string, RunOfRecord>();
  /** What the moves so far have made of records; and what of it is not written yet. */
  readonly #values = new Map<string, Values>();
  readonly #changed = new Map<string, Values>();
  readonly #owners = new Map<string, unknown>();
  readonly #moves: Moved[] = [];
  readonly #unbegun: Unbegun[] = [];
  #around: Omit<RunScene, "record"> | undefined;

  constructor(tx: Connection, scene: Scene, { entity, only, opened }: Listening) {
    this.#tx = tx;
    this.#scene = { ...scene, access: undefined };
    this.#entity = entity;
    this.#only = only;
    this.#opened = opened;
  }

  async all(noted: readonly Noted[], round: number): Promise<void> {
    const told = [
      ...(await this.#told(noted.filter(isChange))),
      ...(await this.#toldOf(noted.filter(isFact))),
      ...(await this.#toBegin(noted.filter(isBeginning))),
    ];
    const [first] = told;
    if (!first) return;
    await this.#opened();
    if (round >= roundsMost)
      throw problem("run.circle", { workflow: first.machine.document.meta.title, most: roundsMost });
    for (const { change } of told) this.#owners.set(change.id, change.is.owner);
    await this.#read(told);
    for (const one of told) await this.#heed(one);
    await this.#write();
  }

  /** Begins a run of each of these records, whatever has happened to them. */
  async begin(machine: Machine, records: readonly Values[]): Promise<void> {
    const said = { enrols: true, events: [], ends: undefined };
    const told = records.map((record): Told => {
      const change = { entity: this.#entity.name, id: String(record.id), was: record, is: record };
      return { change, machine, said };
    });
    for (const { change } of told) this.#owners.set(change.id, change.is.owner);
    await this.#read(told);
    for (const one of told) await this.#heed(one);
    await this.#write();
  }

  /** What the changes say, to whom they say something. */
  async #told(changes: readonly NotedChange[]): Promise<readonly Told[]> {
    const machines = this.#only ? [this.#only] : listenersOf(this.#scene, this.#entity);
    const paths = machines.flatMap(listenedPaths);
    const records = changes.flatMap(({ was, is }) => (was && paths.length > 0 ? [is, was] : [is]));
    const around = await surroundings(this.#tx, this.#scene, { entity: this.#entity, paths }, records);
    return changes.flatMap((change) => {
      const was = change.was && { ...around, record: change.was };
      const is = { ...around, record: change.is };
      return machines.flatMap((machine) => {
        const said = heard(machine, { was, is });
        return said.enrols || said.barred || said.events.length > 0 || said.ends ? [{ change, machine, said }] : [];
      });
    });
  }

  /** To whom facts say something. Who waits for them by a key hears of them as of what comes from outside. */
  async #toldOf(facts: readonly Fact[]): Promise<readonly Told[]> {
    const hearers = (fact: Fact) => hearersOf(this.#scene, this.#entity, fact.type);
    const wanted = facts.filter((fact) => hearers(fact).length > 0);
    if (wanted.length === 0) return [];
    await flush(this.#tx, this.#scene);
    const ids = [...new Set(wanted.map(({ record }) => record))];
    const rows = await lockRecords(this.#tx, this.#scene, this.#entity, { ids, trash: "without" });
    const arrived = wanted.flatMap(({ id, entity, type, record, data }) =>
      hearersOf(this.#scene, this.#entity, type).flatMap(({ machine, byKey }) =>
        byKey && rows.has(record)
          ? [
              {
                id: `fact:${id}`,
                entity,
                event: type,
                key: record,
                data,
                workflow: machine.document,
                source: "integration",
              } as const,
            ]
          : [],
      ),
    );
    await stage(this.#tx, this.#scene, arrivedParts(this.#scene, arrived));
    return wanted.flatMap((fact) => {
      const record = rows.get(fact.record);
      if (!record) return [];
      const change = { entity: fact.entity, id: fact.record, was: record, is: record };
      const said = { enrols: false, events: [fact.type], ends: undefined };
      return hearers(fact).flatMap(({ machine, byKey }) =>
        !byKey && (this.#only ?? machine) === machine && accepts(machine, fact)
          ? [{ change, machine, said, fact: { data: fact.data } }]
          : [],
      );
    });
  }

  /** On which records something is to begin. */
  async #toBegin(begins: readonly Beginning[]): Promise<readonly Told[]> {
    if (begins.length === 0) return [];
    await flush(this.#tx, this.#scene);
    const ids = [...new Set(begins.map(({ id }) => id))];
    const rows = await lockRecords(this.#tx, this.#scene, this.#entity, { ids, trash: "without" });
    return begins.flatMap(({ begins: workflow, id, values }) => {
      const [record, machine] = [rows.get(id), machineOf(this.#scene.model, workflow)];
      if (!record || !machine || (this.#only ?? machine) !== machine) return [];
      const change = { entity: this.#entity.name, id, was: record, is: record };
      const known = machine.document.context ?? {};
      const given = Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(known, name)));
      return [{ change, machine, said: { enrols: true, events: [], ends: undefined }, given }];
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

  /** The runs of a record that go by a machine. */
  #goingBy({ change, machine }: Told): readonly RunOfRecord[] {
    return this.#runsOf({ change, machine }).filter((it) => goesBy(this.#scene.model, it, machine));
  }

  /** All that it has through the workflow. */
  #runsOf({ change, machine }: Pick<Told, "change" | "machine">): readonly RunOfRecord[] {
    return [...this.#runs.values()].filter((it) => it.record === change.id && it.workflow === machine.id);
  }

  /** What a run sees: the record as it stands among the moves so far. */
  #sceneOf({ id, is }: NotedChange) {
    return { ...this.#around!, record: { ...is, ...this.#values.get(id) } };
  }

  async #heed(told: Told): Promise<void> {
    const { machine, said, change } = told;
    for (const { id } of this.#goingBy(told)) {
      for (const type of said.events.filter((it) => Object.hasOwn(machine.document.meta.events, it)))
        if (!(await this.#hear(told, id, type))) await this.#endBy(told, id, type);
      if (said.ends) await this.#end(told, id, said.ends);
    }
    if (said.barred) this.#unbegun.push({ machine, record: change.id, why: said.barred, from: null });
    const begins = said.events.find((type) => beginsBy(machine, type, this.#sceneOf(change), told.fact?.data));
    if (!said.enrols && begins === undefined) return;
    const earlier = this.#runsOf(told).filter(hasBegun);
    const not = againFrom(machine.document, earlier, this.#scene.now);
    if (!not) return this.#begin(told, begins);
    this.#unbegun.push({ machine, record: change.id, ...not });
  }

  async #hear(told: Told, id: string, type: string): Promise<boolean> {
    const run = this.#runs.get(id)!;
    const around = this.#sceneOf(told.change);
    const brought = told.fact === undefined ? {} : { data: told.fact.data };
    const event = { type, source: told.fact ? "integration" : "record", ...brought } as const;
    const step = await answered(this.#tx, this.#scene, around, (asked) =>
      hear(told.machine, snapshotOf(run), event, asked),
    );
    if (step)
      await this.#take(told, { run: id, revision: run.revision + 1, event: { type, ...brought }, before: run, step });
    return step !== undefined;
  }

  /** Ends a run by an event that no transition has taken, where it is one that ends it. */
  async #endBy(told: Told, id: string, event: string): Promise<void> {
    const { context } = this.#runs.get(id)!;
    const ends = endedBy(told.machine, event, { ...this.#sceneOf(told.change), context }, told.fact?.data);
    if (ends) await this.#end(told, id, ends, event);
  }

  async #end(told: Told, id: string, type: "goal" | "exit", by?: string): Promise<void> {
    const run = this.#runs.get(id)!;
    if (run.status !== "active") return;
    const names = run.timers.map(({ name }) => name);
    const step = finish(told.machine, snapshotOf(run), names);
    const event = { type, ...(by === undefined ? {} : { data: { event: by } }) };
    await this.#take(told, { run: id, revision: run.revision + 1, event, before: run, step });
  }

  async #begin(told: Told, by: string | undefined): Promise<void> {
    const { machine } = told;
    const around = this.#sceneOf(told.change);
    const given = { ...told.given, ...broughtBy(machine, told.fact?.data) };
    const step = await answered(this.#tx, this.#scene, around, (asked) => begin(machine, asked, given));
    const event = beginning({ workflow: machine.id, ...(by === undefined ? {} : { event: by }) }, given);
    const born = { ...alone, workflow: machine.id };
    await this.#take(told, { run: newId(this.#scene.now), revision: 1, event, before: undefined, step, born });
  }

  /** Takes a move as made. One from which more follows is written at once: what follows is read from what stands. */
  async #take({ change, machine }: Told, made: Omit<Moved, "record">): Promise<void> {
    const move = { ...made, record: change.id };
    const { record } = this.#sceneOf(change);
    const values = movedValues(this.#scene, machine, move.step);
    refuse(unfilled(machine, move.step, { after: { ...record, ...values } }));
    if (!beginsRuns(move.step)) return this.#keep(machine, [move], values);
    await this.#write();
    await flush(this.#tx, this.#scene);
    const cascaded = await cascade(this.#tx, this.#scene, machine, { move, record });
    this.#keep(machine, cascaded.moves, cascaded.values);
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
    await stage(this.#tx, this.#scene, unbegunParts(this.#scene, this.#unbegun.splice(0)));
    const moves = this.#moves.splice(0);
    const [first] = moves;
    if (!first) return;
    const changed = [...this.#changed].filter(([, values]) => Object.keys(values).length > 0);
    this.#changed.clear();
    const { name } = this.#entity;
    const writes = changed.map(([id, after]) => ({ act: "move", entity: name, id, after }) as const);
    await writeRecords(this.#tx, this.#scene, [...writes, ...effectWrites(this.#scene, moves)]);
    const { workflow = "", version } = first.before ?? { ...first.born, version: undefined };
    const machine = machineOf(this.#scene.model, workflow, version)!;
    const owner = (id: string) => this.#owners.get(id);
    await stage(this.#tx, this.#scene, await moveParts(this.#tx, this.#scene, machine, moves, owner));
  }
}

/** Whether a workflow takes what a fact brings along. What it does not take is a fact none the less. */
function accepts(machine: Machine, { type, data }: Fact): boolean {
  if (!Object.hasOwn(machine.document.meta.events, type)) return true;
  try {
    acceptEvent(machine, { type, data, source: "integration" });
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
