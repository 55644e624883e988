import {
  both,
  contested,
  emptyIn,
  fault,
  foundBy,
  key,
  type Entity,
  type Fault,
  type Field,
  type PlannedWrite,
  type RowRule,
  type Values,
} from "engine";
import { writing, type SlotValues } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { alikeFaults } from "./alike.ts";
import { numberOf } from "./once.ts";
import type { Scene } from "./operation.ts";
import { ask, conditionOf, entityOf, shaped, targetOf } from "./rows.ts";
import { ruleFaults, type Found } from "./rules.ts";

/** A write with its place among all that are written together. */
interface Placed {
  readonly at: number;
  readonly write: PlannedWrite;
}

/** What stands against writes, beyond the values themselves: references, unique rules, the rules of the entity. */
export async function writeFaults(tx: Connection, scene: Scene, writes: readonly PlannedWrite[]): Promise<Found> {
  const placed = writes.map((write, at) => ({ at, write })).filter(({ write }) => write.changed.length > 0);
  const kept = placed.filter(({ write }) => write.act !== "trash");
  const ruled = kept.filter(({ write }) => write.act !== "restore");
  const lookedUp = await lookUp(tx, scene, [
    ...contestedLocks(scene, ruled),
    ...referenceChecks(scene, kept, writes),
    ...uniqueChecks(scene, placed),
  ]);
  const sound = withoutStrays(ruled, lookedUp);
  const alike = await alikeFaults(tx, scene, withoutStrays(kept, lookedUp));
  return [...lookedUp, ...alike, ...(await ruleFaults(tx, scene, sound))];
}

/** A rule tells nothing of a record to which its writer may not point. */
function withoutStrays(placed: readonly Placed[], found: Found): readonly Placed[] {
  if (found.length === 0) return placed;
  const strays = found.flatMap(([at, faults]) =>
    faults.flatMap(({ code, path }) => (code === "reference.missing" ? { at, name: path.split("/").at(-1)! } : [])),
  );
  return placed.map(({ at, write }) => {
    const own = strays.filter((it) => it.at === at).map(({ name }) => name);
    return own.length > 0
      ? { at, write: { ...write, unsound: new Set([...(write.unsound ?? []), ...own]) } }
      : { at, write };
  });
}

/** The indexes of writes whose values another record has already. */
export async function duplicateFaults(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<ReadonlySet<number>> {
  const placed = writes.map((write, at) => ({ at, write }));
  return new Set((await lookUp(tx, scene, uniqueChecks(scene, placed))).map(([at]) => at));
}

/** Fields of a record whose values no other one may have. */
export interface Unique {
  readonly fields: readonly Field[];
  /** Where the other one may not have the value of a single field; in the fields themselves where nothing is said. */
  readonly among?: readonly Field[];
}

/**
 * What no two standing records share. An address that is unique is a person's own in whichever of the fields for it one
 * of both has it.
 */
export function uniqueSets(entity: Entity): readonly Unique[] {
  const known = sets.get(entity) ?? [...uniqueFields(entity), ...uniqueTogether(entity)];
  sets.set(entity, known);
  return known;
}

const sets = new WeakMap<Entity, readonly Unique[]>();

function uniqueFields(entity: Entity): readonly Unique[] {
  return [...entity.fields.values()]
    .filter(({ property }) => property.unique === true)
    .flatMap((field) => {
      const [, ...others] = foundBy(entity, field);
      if (others.length === 0) return [{ fields: [field] }];
      return [
        { fields: [field], among: [field, ...others] },
        ...others.map((it) => ({ fields: [it], among: [field] })),
      ];
    });
}

const uniqueTogether = ({ document, fields }: Entity): readonly Unique[] =>
  (document.unique ?? []).map((names) => ({ fields: names.flatMap((name) => fields.get(name) ?? []) }));

/** A look at what stands: one part of the statement that looks at all of it. */
interface Check {
  /** What its text hangs on. */
  readonly shape: readonly unknown[];
  /** Rows `at`, `id`, `visible`; the slots with this number are its own. */
  readonly piece: (slot: number) => writing.Piece;
  /** Rows that are locked cannot stand below a `union`. */
  readonly locks: boolean;
  readonly ids: readonly string[];
  /** The rows that it is told of. */
  readonly cells?: (slot: number) => Partial<SlotValues>;
  readonly faults: (found: readonly Row[]) => Found;
}

interface Row {
  readonly part: number;
  readonly at: number | null;
  readonly id: string;
  readonly visible: boolean;
}

/** Looks at everything that writes hang on with one statement, and tells what stands against them. */
async function lookUp(tx: Connection, scene: Scene, checks: readonly Check[]): Promise<Found> {
  if (checks.length === 0) return [];
  const slots = checks.map(({ ids, cells }, at) => ({ [`ids${at}`]: ids, ...cells?.(at) }));
  const shape = ["look", checks.map((check) => check.shape)];
  const make = () => writing.lookingAt(checks.map(({ piece, locks }, slot) => ({ piece: piece(slot), locks })));
  const rows = await ask<Row>(tx, shaped(scene, shape, make, Object.assign({}, ...slots)));
  return checks.flatMap(({ faults }, at) => faults(rows.filter(({ part }) => part === at)));
}

function uniqueChecks(scene: Scene, placed: readonly Placed[]): readonly Check[] {
  return [...Map.groupBy(placed, ({ write }) => write.entity)].flatMap(([name, them]) => {
    const entity = entityOf(scene, name);
    const standing = them.filter(({ write }) => (write.record.deleted_at ?? null) === null);
    return uniqueSets(entity).flatMap((unique) => uniqueCheck(scene, entity, unique, standing));
  });
}

function uniqueCheck(
  scene: Scene,
  entity: Entity,
  { fields, among = fields }: Unique,
  standing: readonly Placed[],
): readonly Check[] {
  const touched = [...fields, ...among];
  const touching = standing.filter(({ write }) => isAsked(touched, write));
  const asked = touching.filter(({ write }) => isAsked(fields, write) && keyOf(fields, write.record) !== undefined);
  if (asked.length === 0) return [];
  const places = among === fields ? [fields] : among.map((it) => [it]);
  const ours = sharedAmong(standing, { fields, places, touched });
  // Which record has the values is told to who sees them there.
  const access = scene.access?.entity(entity.name);
  const rule = access && among.reduce((sofar, field) => both(sofar, access.readable(field)), access.rule("read"));
  const bound = rule && rule.kind !== "all" ? rule : undefined;
  const visible = () => bound && conditionOf(scene, entity, bound);
  const names = among.map(({ name }) => name);
  const place = { one: asked.length === 1, ...(among === fields ? {} : { among: { [fields[0]!.name]: names } }) };
  return [
    {
      shape: ["alike", entity.name, place, fields.map(({ name }) => name), numberOf(bound)],
      piece: (slot) => writing.rowsAlike(targetOf(scene, entity), fields, { slot, ...place }, visible()),
      locks: false,
      ids: touching.map(({ write }) => write.id),
      cells: (slot) =>
        writing.cellSlots(
          fields,
          asked.map(({ write }) => write.record),
          slot,
        ),
      faults: (found) => [
        ...ours,
        ...[...Map.groupBy(found, ({ at }) => at)].flatMap(([at, them]) => {
          const it = asked[at ?? -1];
          const seen = them.find(({ visible }) => visible)?.id;
          return it ? [[it.at, [duplicate(fields, it.write, seen)]] as const] : [];
        }),
      ],
    },
  ];
}

/** Of writes that are written together, those that want what another one has or, of two that change, the earlier. */
function sharedAmong(
  standing: readonly Placed[],
  {
    fields,
    places,
    touched,
  }: {
    readonly fields: readonly Field[];
    readonly places: readonly (readonly Field[])[];
    readonly touched: readonly Field[];
  },
): Found {
  const seen = new Map<string, string>();
  const keep = ({ write: { id, record } }: Placed) => {
    for (const place of places) {
      const held = keyOf(place, record);
      if (held !== undefined) seen.set(held, id);
    }
  };
  for (const it of standing) if (!isAsked(touched, it.write)) keep(it);
  return standing.flatMap((it): Found => {
    const { at, write } = it;
    if (!isAsked(touched, write)) return [];
    const wanted = isAsked(fields, write) ? keyOf(fields, write.record) : undefined;
    const other = seen.get(wanted ?? "");
    if (other !== undefined && other !== write.id) return [[at, [duplicate(fields, write)]]];
    keep(it);
    return [];
  });
}

/** The standing records that give away what another one of these writes takes. */
export function givingUp(entity: Entity, writes: readonly PlannedWrite[]): readonly string[] {
  const standing = writes.filter(({ act, before }) => act !== "create" && (before.deleted_at ?? null) === null);
  return uniqueSets(entity).flatMap(({ fields }) => {
    const takers = new Map<string | undefined, string>();
    for (const write of writes) if (isAsked(fields, write)) takers.set(keyOf(fields, write.record), write.id);
    if (takers.size === 0) return [];
    return standing.flatMap(({ id, before }) => {
      const held = keyOf(fields, before);
      return held !== undefined && (takers.get(held) ?? id) !== id ? [id] : [];
    });
  });
}

/**
 * A write is asked about a unique rule when it touches it: a new record, one that comes back, one whose value changes.
 * What does not hold is like nothing.
 */
function isAsked(fields: readonly Field[], { act, changed, unsound }: PlannedWrite): boolean {
  if (unsound && fields.some(({ name }) => unsound.has(name))) return false;
  return act === "create" || act === "restore" || changed.some((field) => fields.includes(field));
}

/** A record in which one of the fields is empty is like no other. */
function keyOf(fields: readonly Field[], record: Values): string | undefined {
  const empty = fields.some(({ name }) => record[name] === null || record[name] === undefined);
  return empty ? undefined : JSON.stringify(fields.map((field) => key(field, record[field.name])));
}

function duplicate(fields: readonly Field[], { path = "" }: PlannedWrite, other?: string): Fault {
  const place = { path: `${path}/${fields[0]?.name ?? ""}`, ...(other === undefined ? {} : { hint: other }) };
  return fault("record.duplicate", { fields: fields.map(({ title }) => title).join(", "), ...place });
}

/** Locks the records over whose lists rules decide: whoever writes there as well waits, and is then held to what stands. */
function contestedLocks(scene: Scene, placed: readonly Placed[]): readonly Check[] {
  const pointed = placed.flatMap(({ write }) =>
    contested(scene.model, entityOf(scene, write.entity)).flatMap((field) => pointedBy(field, write.record)),
  );
  const byEntity = [...Map.groupBy(pointed, ({ entity }) => entity)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byEntity.map(([name, them]) => {
    const ids = [...new Set(them.map(({ id }) => id))];
    const one = ids.length === 1;
    const lock = "no key update";
    return {
      shape: ["held", name, one, undefined, lock],
      piece: (slot) => writing.heldRows(targetOf(scene, entityOf(scene, name)), slot, undefined, { lock, one }),
      locks: true,
      ids,
      faults: () => [],
    };
  });
}

/** The record that a reference points at, if any. */
function pointedBy(field: Field, record: Values): readonly { readonly entity: string; readonly id: string }[] {
  const value = record[field.name] ?? null;
  if (field.targets.length === 0 || value === null) return [];
  return [typeof value === "string" ? { entity: field.targets[0] ?? "", id: value } : (value as Reference)];
}

interface Reference {
  readonly at: number;
  readonly field: Field;
  readonly entity: string;
  readonly id: string;
  readonly path: string;
}

/** References to records that are not there, or that the writer cannot see: the same answer for both. */
function referenceChecks(scene: Scene, placed: readonly Placed[], all: readonly PlannedWrite[]): readonly Check[] {
  const fresh = new Set(
    all.filter(({ act }) => act === "create" || act === "restore").map(({ entity, id }) => `${entity} ${id}`),
  );
  const references = placed
    .flatMap((it) => referencesOf(scene, it))
    .filter(({ entity, id }) => !fresh.has(`${entity} ${id}`));
  const byEntity = [...Map.groupBy(references, ({ entity }) => entity)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byEntity.map(([name, them]) => referenceCheck(scene, name, them));
}

function referenceCheck(scene: Scene, name: string, them: readonly Reference[]): Check {
  const entity = entityOf(scene, name);
  const rule: RowRule = scene.access ? (scene.access.entity(name)?.rule("read") ?? { kind: "none" }) : { kind: "all" };
  const visible = () => (rule.kind === "all" ? undefined : conditionOf(scene, entity, rule));
  const rolled = [...entity.fields.values()].some(({ type }) => type.name === "rollup");
  const lock = rolled ? "no key update" : "share";
  const ids = [...new Set(them.map(({ id }) => id))];
  const one = ids.length === 1;
  return {
    shape: ["held", name, one, numberOf(rule.kind === "all" ? undefined : rule), lock],
    piece: (slot) => writing.heldRows(targetOf(scene, entity), slot, visible(), { lock, one }),
    locks: true,
    ids,
    faults: (found) => {
      const there = new Set(found.map(({ id }) => id));
      return them
        .filter(({ id }) => !there.has(id))
        .map(({ at, path }) => [at, [fault("reference.missing", { entity: name, path })]] as const);
    },
  };
}

/** What a write points at anew. That the writer herself stands there needs no proof. */
function referencesOf(scene: Scene, { at, write }: Placed): readonly Reference[] {
  return write.changed.flatMap((field) => {
    if (field.system && write.record[field.name] === scene.principal.id) return [];
    const path = `${write.path ?? ""}/${field.name}`;
    return pointedBy(field, write.record).map(({ entity, id }) => ({ at, field, entity, id, path }));
  });
}

/** What the states want filled into which the runs of new records come, and find empty. */
export function enteringFaults(
  scene: Scene,
  writes: readonly PlannedWrite[],
  requires: ReadonlyMap<string, readonly string[]>,
): Found {
  return writes.flatMap(({ id, entity: name, record, unsound, path = "" }, at) => {
    const { fields } = entityOf(scene, name);
    const empty = new Set(emptyIn(record, requires.get(id) ?? []));
    const open = [...empty].filter((field) => !unsound?.has(field));
    const told = open.map((field) =>
      fault("value.missing", { title: fields.get(field)?.title ?? field, path: `${path}/${field}` }),
    );
    return told.length > 0 ? [[at, told] as const] : [];
  });
}
