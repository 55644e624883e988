import {
  besideAddresses,
  fault,
  isNeverHidden,
  isSame,
  normalValues,
  Problem,
  problem,
  readPatch,
  readPlayed,
  validatorOf,
  type Entity,
  type Fault,
  type Field,
  type RecordWrite,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { alike, besideUnmatched, matched, type Alike } from "./matched.ts";
import { operate, type Operated, type OperationTold, type Scene } from "./operation.ts";
import { plantRecords, recordsMax } from "./planted.ts";
import type { ReadScene } from "./read.ts";
import { askedOf, changeOf, lockChanging, rightsOf, wholeFaults } from "./records.ts";
import { writeRecords } from "./write.ts";

/** A record that is made, or changed where it stands: the value that tells it apart, and what shall stand in it. */
export interface Wanted {
  /** As text where the address of the request names it; without it, what `input` holds. */
  readonly named?: string;
  readonly input: unknown;
  /** The version that the caller has seen; then the record must stand. */
  readonly version?: number | undefined;
  /** JSON Pointer of the record in what the caller sent. */
  readonly path: string;
}

/** The records in the order given, and which of them were made. */
export interface Upserted {
  readonly ids: readonly string[];
  readonly made: ReadonlySet<string>;
}

interface Keyed extends Wanted {
  readonly key: Values;
  /** What shall stand in it besides. */
  readonly rest: Values;
}

/** Somebody else has made a record with the value since it was looked for. */
class FoundMeanwhile extends Error {}

function isFoundMeanwhile(error: unknown, field: Field, fresh: readonly Keyed[]): boolean {
  const places = fresh.map(({ path }) => `${path}/${field.name}`);
  const found = error instanceof Problem ? error.faults : [];
  return found.some(({ code, path }) => code === "record.duplicate" && places.includes(path));
}

const triesMost = 4;

/** Makes or changes records as one operation; looks again where others are at the same ones. */
export async function upsert(
  { workspace, principal, model, now }: Pick<ReadScene, "workspace" | "principal" | "model" | "now">,
  name: string,
  by: string,
  wanted: readonly Wanted[],
  how: Pick<OperationTold, "asks"> = {},
): Promise<Operated<Upserted>> {
  const title = `Create or change in ${model.entities.get(name)?.title ?? name}`.slice(0, 200);
  const told = { kind: "upsert", title, now, sole: true, ...how };
  for (let tries = 1; ; tries++)
    try {
      return await operate(workspace, principal, told, (tx, scene) => upsertRecords(tx, scene, name, by, wanted));
    } catch (error) {
      if (!(error instanceof FoundMeanwhile)) throw error;
      if (tries === triesMost) throw error.cause;
    }
}

/**
 * Makes records or changes those that stand, told apart by a field whose values are unique: all of them, or none. What
 * is not named stays. Of several callers with a new value one makes the record and the others, who meet the unique rule,
 * look again and change it.
 */
async function upsertRecords(
  tx: Connection,
  scene: Scene,
  name: string,
  by: string,
  wanted: readonly Wanted[],
): Promise<Upserted> {
  const { entity } = rightsOf(scene, name);
  if (wanted.length > recordsMax) throw problem("records.too_many", { most: recordsMax });
  const field = fieldOf(scene, entity, by);
  const all = wanted.map((it) => keyedOf(scene, entity, field, it));
  const twice = repeated(field, all);
  const keyed = all.filter((it) => it.faults.length === 0 && !twice.has(it));
  const found = await alike(
    tx,
    scene,
    entity,
    [field],
    keyed.map(({ key }) => key),
  );
  const standing = new Map([...found.filter(({ visible }) => !visible), ...seenOf(found)].map((it) => [it.at, it]));
  const unmeant = unmeantFaults(entity, field, keyed, found);
  const fresh = keyed.filter((_, at) => !standing.has(at));
  const making = await madeOf(tx, scene, entity, fresh);
  const seen = keyed.flatMap((it, at) => {
    const found = standing.get(at);
    return found?.visible && !unmeant.has(it) ? [{ ...it, id: found.id, own: found.own }] : [];
  });
  const changing = await changedOf(tx, scene, { entity, field, standing: seen });
  const untold = all.filter((it) => !keyed.includes(it));
  const against = [
    ...untold.flatMap((it) => [...it.faults, ...restFaults(scene, entity, it)]),
    ...[...twice.values(), ...unmeant.values(), ...making.faults, ...changing.faults],
  ];
  const writes = [...making.planted.map(({ write }) => write), ...changing.writes];
  await writeRecords(tx, scene, writes, { against }).catch((error: unknown) => {
    throw isFoundMeanwhile(error, field, fresh) ? new FoundMeanwhile("made by somebody else", { cause: error }) : error;
  });
  const made = making.planted.filter(({ below }) => !below).map(({ write }) => write.id);
  const next = made.values();
  return { ids: keyed.map((_, at) => standing.get(at)?.id ?? next.next().value ?? ""), made: new Set(made) };
}

const seenOf = (found: readonly Alike[]) => found.filter(({ visible }) => visible);

/** Of what was found, what the caller cannot mean: records that she does not see, several at once, one that is meant before. */
function unmeantFaults(
  entity: Entity,
  field: Field,
  keyed: readonly Keyed[],
  found: readonly Alike[],
): ReadonlyMap<Keyed, Fault> {
  const meant = new Set<string>();
  const byPlace = Map.groupBy(found, ({ at }) => at);
  const faults = new Map<Keyed, Fault>();
  for (const [at, one] of keyed.entries()) {
    const them = byPlace.get(at);
    if (!them) continue;
    const { path } = one;
    const place = `${path}/${field.name}`;
    const [it, ...others] = seenOf(them);
    if (!it) faults.set(one, fault("record.duplicate", { fields: field.title, path: place }));
    else if (others.length > 0) faults.set(one, fault("reference.ambiguous", { entity: entity.name, path: place }));
    else if (meant.has(it.id)) faults.set(one, fault("records.twice", { path }));
    else meant.add(it.id);
  }
  return faults;
}

/** The field that tells records apart. */
function fieldOf(scene: Scene, entity: Entity, by: string): Field {
  const field = entity.fields.get(by);
  if (!field || !isNeverHidden(scene.access?.entity(entity.name), field))
    throw problem("field.unknown", { entity: entity.name, field: by.slice(0, 80).toWellFormed() });
  if (field.property.unique !== true || field.readOnly) throw problem("upsert.not_unique", { field: by });
  return field;
}

function keyedOf(
  scene: Scene,
  entity: Entity,
  field: Field,
  wanted: Wanted,
): Keyed & { readonly faults: readonly Fault[] } {
  const { named, input, path } = wanted;
  const given = typeof input === "object" && input !== null && !Array.isArray(input) ? (input as Values) : undefined;
  if (!given)
    return { ...wanted, key: {}, rest: {}, faults: [fault("record.malformed", { entity: entity.name, path })] };
  const { [field.name]: own, ...rest } = given;
  const place = `${path}/${field.name}`;
  const value = named === undefined ? own : valueOf(scene, field, named);
  const key = normalValues(scene.model, entity, { [field.name]: value });
  const faults =
    (key[field.name] ?? null) === null
      ? [fault("value.missing", { title: field.title, path: place })]
      : validatorOf(scene.model)
          .validate(entity.name, key, { partial: true })
          .map((it) => ({ ...it, path: `${path}${it.path}` }));
  const said = normalValues(scene.model, entity, { [field.name]: own });
  const differs =
    named !== undefined &&
    own !== undefined &&
    faults.length === 0 &&
    !isSame(field, key[field.name], said[field.name]);
  const other = differs ? [fault("upsert.value", { field: field.name, path: place })] : [];
  return { ...wanted, key, rest, faults: [...faults, ...other] };
}

/** What is wrong with the values of a record of which it is not known whether it is there; its lists are not looked at. */
function restFaults({ model, access }: Scene, entity: Entity, { rest, path }: Keyed): readonly Fault[] {
  const values = Object.fromEntries(Object.entries(rest).filter(([name]) => !entity.inverses.has(name)));
  return readPlayed({ model, entity, access: access?.entity(entity.name), path }, values).faults;
}

/** The value that an address names, as files write it. */
function valueOf({ model: { workspace } }: Scene, field: Field, text: string): unknown {
  const hints = { currency: workspace.currency, dates: "ymd", decimal: ".", zone: "UTC" } as const;
  return field.type.read ? field.type.read(text, field.property, hints) : text;
}

/** Those that name the value of an earlier one. */
function repeated(field: Field, keyed: readonly Keyed[]): ReadonlyMap<Keyed, Fault> {
  const seen = new Set<string>();
  const faults = new Map<Keyed, Fault>();
  for (const it of keyed) {
    const value = JSON.stringify(it.key[field.name] ?? null);
    if (value === "null") continue;
    if (seen.has(value)) faults.set(it, fault("records.twice", { path: it.path }));
    seen.add(value);
  }
  return faults;
}

/** What is planted for records that are not there, and what stands against making them at all: then they are not. */
async function madeOf(tx: Connection, scene: Scene, entity: Entity, fresh: readonly Keyed[]) {
  const may = scene.access?.entity(entity.name)?.rule("create").kind !== "none";
  const faults = fresh.flatMap(({ version, path }) => {
    if (version !== undefined) return [fault("record.missing", { entity: entity.name, path })];
    return may ? [] : [fault("right.missing", { right: `create records of "${entity.name}"`, path })];
  });
  const given = fresh.map(({ key, rest, path }) => ({ input: { ...rest, ...key }, path }));
  return { planted: faults.length > 0 ? [] : await plantRecords(tx, scene, entity, given), faults };
}

interface Changing {
  readonly entity: Entity;
  readonly field: Field;
  readonly standing: readonly (Keyed & Pick<Alike, "id" | "own">)[];
}

/** What is written into the records that stand; who was found by another address of hers keeps those that she has. */
async function changedOf(
  tx: Connection,
  scene: Scene,
  { entity, field, standing }: Changing,
): Promise<{ readonly writes: readonly RecordWrite[]; readonly faults: readonly Fault[] }> {
  if (standing.length === 0) return { writes: [], faults: [] };
  const found = await matched(
    tx,
    scene,
    standing.map(({ rest, path }) => ({ entity, input: rest, path })),
  );
  const access = scene.access?.entity(entity.name);
  const read = standing.map((it, at) => {
    const { input, faults } = found[at]!;
    const asking = { model: scene.model, entity, access, path: it.path };
    return { ...it, ...besideUnmatched(readPatch(asking, input), it.path, faults) };
  });
  const ids = read.map(({ id }) => id);
  const rows = await lockChanging(tx, scene, entity, { ids, right: "update", trash: "without", ...askedOf(read) });
  const faults: Fault[] = [];
  const writes = read.flatMap((it): readonly RecordWrite[] => {
    const before = rows.get(it.id);
    const whole = wholeFaults(entity, before, it);
    faults.push(...whole);
    if (!before || whole.length > 0) return [];
    const write = changeOf(entity, before, it);
    return [it.own ? write : { ...write, after: besideAddresses(entity, [field], before, write.after) }];
  });
  return { writes, faults };
}
