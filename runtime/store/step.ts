import {
  acceptEvent,
  beginsBy,
  candidates,
  endedAt,
  finish,
  goesBy,
  machineOf,
  offered,
  nothingRead,
  problem,
  readPatch,
  refuse,
  setAside,
  step,
  unfilled,
  type Entity,
  type EntityAccess,
  type Fault,
  type Machine,
  type Model,
  type Offer,
  type ReadValues,
  type RowRule,
  type RunStep,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { answered } from "../asks/index.ts";
import { effectWrites } from "../effects/index.ts";
import { cascade, type Cascaded } from "./cascade.ts";
import { stage } from "./commit.ts";
import { machinesOn } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { isId } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { moveParts } from "./moves.ts";
import { beginningRefused, beginOne } from "./processes.ts";
import { lockRuns, lockWithRuns, movedValues, snapshotOf, surroundings, type Moved, type StoredRun } from "./run.ts";
import { planWhatHolds, writeRecords } from "./write.ts";
import { unwritableField } from "./write-rights.ts";

/** What a person sends to a record: the event, the values of its form, its payload. */
export interface Sent {
  readonly type: string;
  readonly values: unknown;
  readonly data: unknown;
  /** The version that the sender has seen. */
  readonly version: number | undefined;
  /** The run that is meant, where several of a record wait for the event. */
  readonly run?: unknown;
  /** Where it comes from, where that is no person: outside, or another run. */
  readonly source?: "integration" | "run";
}

/**
 * Moves a record by an event of its workflow, all in the scene's transaction: the values of the form, the state, history
 * and journal, the records that follow and what people are told. Two who move it at once: one wins, the other is refused.
 */
export async function send(tx: Connection, scene: Scene, name: string, id: string, sent: Sent): Promise<void> {
  const { entity, access, machines } = stageOf(scene, name);
  const published = machines.find(({ document }) => Object.hasOwn(document.meta.events, sent.type)) ?? machines[0]!;
  const form = readForm(scene, entity, access, sent.values);
  const asked = {
    move: access?.event(sent.type),
    ...Object.fromEntries(form.conditional.map((field) => [`field_${field.name}`, access?.writable(field, "update")])),
  };
  if (!isId(id)) throw problem("record.missing", { entity: entity.name });
  const locked = { entity, id, trash: "without", asked, seen: access?.rule("read") } as const;
  const { record: before, runs } = await lockWithRuns(tx, scene, locked, [published.id]);
  if (!before) throw problem("record.missing", { entity: entity.name });
  if (sent.version !== undefined && Number(before.version) !== sent.version)
    throw problem("record.stale", { version: Number(before.version) });
  const run = runs.length > 0 ? runFor(scene, runs, sent) : undefined;
  const machine = run ? (machineOf(scene.model, run.workflow, run.version) ?? published) : published;
  const { events } = machine.document.meta;
  const declared = Object.hasOwn(events, sent.type) ? events[sent.type] : undefined;
  if (declared && before._asked_move === false)
    throw problem("right.missing", { right: `send "${sent.type}" to this record`, path: "/type" });
  const record = { ...plain(before), ...form.values };
  const around = await surroundings(tx, scene, machine, [record]);
  const event = {
    type: sent.type,
    ...(sent.data === undefined ? {} : { data: sent.data }),
    ...(sent.source !== undefined && declared?.source === sent.source ? { source: sent.source } : {}),
  };
  if (!run && beginsBy(machine, sent.type, { ...around, record }, sent.data)) {
    acceptEvent(machine, event);
    refuse(form.faults);
    const refused = await beginningRefused(tx, scene, machine, id);
    if (refused) throw refused;
    const by = { type: sent.type, ...(sent.data === undefined ? {} : { data: sent.data }) };
    return beginOne(tx, scene, machine, { record: plain(before), given: form.values, values: {}, by });
  }
  if (!run) throw problem("run.missing", sent.run === undefined ? {} : { path: "/run" });
  const at = snapshotOf(run);
  const ends = endedAt(machine, at, event, { ...around, record });
  if (ends) acceptEvent(machine, event);
  const moved = ends
    ? finish(
        machine,
        at,
        run.timers.map(({ name }) => name),
      )
    : await answered(tx, scene, { ...around, record }, (asked) => step(machine, at, event, asked));
  const unwritable = form.conditional.filter((field) => before[`_asked_field_${field.name}`] === false);
  const refused = unwritable.map((field) => unwritableField(field, "/values"));
  const given = setAside(form, "/values", refused);
  refuse(await formFaults(tx, scene, machine, moved, { before, record, form: given }));
  const move: Moved = {
    run: run.id,
    record: id,
    revision: run.revision + 1,
    event: ends ? { type: ends, data: { event: sent.type } } : { type: sent.type, data: sent.data },
    before: run,
    step: moved,
  };
  await carryOut(tx, scene, machine, { move, before, given: form.values });
}

/** A move that holds, with the record as it stood and the values that a person gave along. */
export interface CarriedOut {
  readonly move: Moved;
  readonly before: Values;
  readonly given: Values;
}

/**
 * Writes a move down and all that follows from it in other runs of its record: the record, runs and timers, tasks, the
 * journal, the records that follow and what people are told.
 */
export async function carryOut(tx: Connection, scene: Scene, machine: Machine, carried: CarriedOut): Promise<void> {
  const { move, before, given } = carried;
  await writeMoves(
    tx,
    scene,
    machine,
    carried,
    await cascade(tx, scene, machine, { move, record: { ...before, ...given } }),
  );
}

/** Writes down moves that follow from one another, the first of them that of a record. */
export async function writeMoves(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  { move, before, given }: CarriedOut,
  { moves, values }: Cascaded,
): Promise<void> {
  const { entity } = machine;
  const after = { ...given, ...values };
  await writeRecords(tx, scene, [
    { act: "move", entity: entity.name, id: move.record, before, after, event: move.event, path: "/values" },
    ...effectWrites(scene, moves),
  ]);
  const owner = after.owner ?? before.owner;
  await stage(tx, scene, await moveParts(tx, scene, machine, moves, () => owner));
}

/** What may be sent to a record, in each of its runs, and what stands against the rest; not what a conversion sends it. */
export async function offersFor(tx: Connection, scene: Scene, name: string, id: string): Promise<readonly Offer[]> {
  const { entity, access, machines } = stageOf(scene, name);
  const events = machines.flatMap(({ document }) => Object.keys(document.meta.events));
  const asked = Object.fromEntries(events.map((type, at) => [`e${at}`, access?.event(type)]));
  const before = await lockSeen(tx, scene, entity, access, id, asked);
  const record = plain(before);
  const runs = await lockRuns(tx, scene, id, [...new Set(machines.map((it) => it.id))]);
  if (runs.length === 0) throw problem("run.missing", {});
  const live = machines.flatMap((machine) =>
    runs.filter((run) => goesBy(scene.model, run, machine)).map((run) => ({ machine, run })),
  );
  const paths = [...new Set(live.map(({ machine }) => machine))].flatMap((machine) => machine.paths);
  const around = await surroundings(tx, scene, { entity, paths }, [record]);
  const conversions = [...scene.model.conversions.values()].filter((it) => it.entity === name);
  const converts = new Set(conversions.map(({ event }) => event));
  const may = (type: string) => before[`_asked_e${events.indexOf(type)}`] !== false;
  return live
    .flatMap(({ machine, run }) => {
      const them = offered(scene.model, machine, snapshotOf(run), { ...around, record }, may);
      return machine.stateField ? them : them.map((it) => ({ ...it, run: run.id }));
    })
    .filter(({ type }) => !converts.has(type));
}

interface Stage {
  readonly entity: Entity;
  readonly access: EntityAccess | undefined;
  /** Of all workflows that its records go through, its own first. */
  readonly machines: readonly Machine[];
}

/** The machine of an entity's records, and what the scene's principal may do with them. */
export function stageOf(scene: Scene, name: string): Stage {
  const entity = entityOf(scene, name);
  const access = scene.access?.entity(name);
  if (scene.access && !access) throw problem("entity.unknown", { entity: name });
  const machines = machinesOn(scene.model, entity);
  if (machines.length === 0) throw problem("run.missing", {});
  return { entity, access, machines };
}

/** The run that an event is sent to: the one named, or the one that waits for it. */
function runFor({ model }: Scene, runs: readonly StoredRun[], { type, run: named }: Sent): StoredRun {
  const waiting = runs.filter((it) => waitsFor(model, it, type));
  const goesOn = runs.find(({ status }) => status === "active");
  const found = named === undefined ? (waiting[0] ?? goesOn ?? runs[0]) : runs.find(({ id }) => id === named);
  if (!found) throw problem("run.missing", named === undefined ? {} : { path: "/run" });
  if (named === undefined && waiting.length > 1) throw problem("run.which", { event: type, path: "/run" });
  return found;
}

/** Whether a run has a way to go by an event where it stands. */
export function waitsFor(model: Model, run: StoredRun, event: string): boolean {
  const machine = machineOf(model, run.workflow, run.version);
  return machine !== undefined && candidates(machine, snapshotOf(run), event).length > 0;
}

/** A record that the scene's principal sees, locked; what is `asked` about it stands beside its values as `_asked_…`. */
export async function lockSeen(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  access: EntityAccess | undefined,
  id: string,
  rules: Readonly<Record<string, RowRule | undefined>>,
): Promise<Values> {
  const rows = await lockRecords(tx, scene, entity, {
    ids: isId(id) ? [id] : [],
    trash: "without",
    asked: rules,
    seen: access?.rule("read"),
  });
  const record = rows.get(id);
  if (!record) throw problem("record.missing", { entity: entity.name });
  return record;
}

function readForm(scene: Scene, entity: Entity, access: EntityAccess | undefined, values: unknown): ReadValues {
  if (values === undefined || values === null) return nothingRead;
  return readPatch({ model: scene.model, entity, access, path: "/values" }, values);
}

/**
 * All that is wrong with a form at once: its values, what it leaves empty, and, where either is the case, what the write
 * would meet besides. Where neither is, the write itself tells.
 */
async function formFaults(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  moved: RunStep,
  { before, record, form }: { readonly before: Values; readonly record: Values; readonly form: ReadValues },
): Promise<readonly Fault[]> {
  const values = movedValues(scene, machine, moved);
  const places = new Set([...form.unsound].map((name) => `/values/${name}`));
  const missing = unfilled(machine, moved, { given: record, after: { ...record, ...values } }).filter(
    ({ path }) => !places.has(path),
  );
  const read = setAside(form, "/values", missing);
  if (read.faults.length === 0) return [];
  const { faults, unsound } = read;
  const after = { ...read.values, ...values };
  const write = { act: "move", entity: machine.entity.name, id: String(before.id), before, after } as const;
  const planned = await planWhatHolds(tx, scene, [{ ...write, path: "/values", faults, unsound }]);
  return [...planned.faults.values()].flat();
}

/** The record without what was asked about it. */
export function plain(record: Values): Values {
  const values: Record<string, unknown> = {};
  for (const name in record) if (!name.startsWith("_")) values[name] = record[name];
  return values;
}
