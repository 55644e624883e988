import {
  besideAddresses,
  fault,
  isNeverHidden,
  isSame,
  normalValues,
  Problem,
  problem,
  readPatch,
  refuse,
  staleFaults,
  validatorOf,
  type Entity,
  type Fault,
  type Field,
  type RecordWrite,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { alike, matched, withoutEchoes, type Alike } from "./matched.ts";
import { operate, type Operated, type Scene } from "./operation.ts";
import { plantRecords, recordsMax, refuseAll } from "./planted.ts";
import type { ReadScene } from "./read.ts";
import { askedOf, lockChanging, refusalsOf, rightsOf, unwritable } from "./records.ts";
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
): Promise<Operated<Upserted>> {
  const title = `Create or change in ${model.entities.get(name)?.title ?? name}`.slice(0, 200);
  const told = { kind: "upsert", title, now, sole: true };
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
  const keyed = wanted.map((it) => keyedOf(scene, entity, field, it));
  const twice = repeated(field, keyed);
  refuseAll([...keyed.flatMap(({ faults }) => faults), ...twice]);
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
    return found?.visible ? [{ ...it, id: found.id, own: found.own }] : [];
  });
  const changing = await changedOf(tx, scene, { entity, field, standing: seen });
  refuseAll([...unmeant, ...making.faults, ...changing.faults]);
  await writeRecords(tx, scene, [...making.planted.map(({ write }) => write), ...changing.writes]).catch(
    (error: unknown) => {
      throw isFoundMeanwhile(error, field, fresh)
        ? new FoundMeanwhile("made by somebody else", { cause: error })
        : error;
    },
  );
  refuse(await unwritable(tx, scene, making.planted));
  const made = making.planted.map(({ write }) => write.id);
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
): readonly Fault[] {
  const meant = new Set<string>();
  const byPlace = Map.groupBy(found, ({ at }) => at);
  return keyed.flatMap(({ path }, at) => {
    const them = byPlace.get(at);
    if (!them) return [];
    const place = `${path}/${field.name}`;
    const [it, ...others] = seenOf(them);
    if (!it) return [fault("record.duplicate", { fields: field.title, path: place })];
    if (others.length > 0) return [fault("reference.ambiguous", { entity: entity.name, path: place })];
    if (meant.has(it.id)) return [fault("records.twice", { path })];
    meant.add(it.id);
    return [];
  });
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

/** The value that an address names, as files write it. */
function valueOf({ model: { workspace } }: Scene, field: Field, text: string): unknown {
  const hints = { currency: workspace.currency, dates: "ymd", decimal: ".", zone: "UTC" } as const;
  return field.type.read ? field.type.read(text, field.property, hints) : text;
}

function repeated(field: Field, keyed: readonly Keyed[]): readonly Fault[] {
  const seen = new Set<string>();
  return keyed.flatMap(({ key, path }) => {
    const value = JSON.stringify(key[field.name] ?? null);
    if (value === "null" || !seen.has(value)) return (seen.add(value), []);
    return [fault("records.twice", { path })];
  });
}

async function madeOf(tx: Connection, scene: Scene, entity: Entity, fresh: readonly Keyed[]) {
  const given = fresh.map(({ key, rest, path }) => ({ input: { ...rest, ...key }, path }));
  const may = scene.access?.entity(entity.name)?.rule("create").kind !== "none";
  const { planted, faults } = await plantRecords(tx, scene, entity, given);
  const refused = fresh.flatMap(({ version, path }) => {
    if (version !== undefined) return [fault("record.missing", { entity: entity.name, path })];
    return may ? [] : [fault("right.missing", { right: `create records of "${entity.name}"`, path })];
  });
  return { planted, faults: refused.length > 0 ? refused : faults };
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
  const { inputs, faults: unmatched } = await matched(
    tx,
    scene,
    standing.map(({ rest, path }) => ({ entity, input: rest, path })),
  );
  const access = scene.access?.entity(entity.name);
  const read = standing.map((it, at) => ({
    ...it,
    ...readPatch({ model: scene.model, entity, access, path: it.path }, inputs[at]),
  }));
  const ids = read.map(({ id }) => id);
  const rows = await lockChanging(tx, scene, entity, { ids, right: "update", trash: "without", ...askedOf(read) });
  const writes = read.map(({ id, own, values, path }): RecordWrite => {
    const before = rows.get(id) ?? {};
    const after = own ? values : besideAddresses(entity, [field], before, values);
    return { act: "update", entity: entity.name, id, before, after, path };
  });
  const faults = read.flatMap(({ id, version, path, conditional, faults: own }, at): readonly Fault[] => {
    const before = rows.get(id);
    if (!before) return [fault("record.missing", { entity: entity.name, path })];
    const refused = refusalsOf(entity, "update", before, conditional, path);
    if (before._asked_right === false) return refused;
    const stale = version === undefined ? [] : staleFaults({ ...writes[at]!, version });
    return stale.length > 0 ? stale : [...own, ...refused];
  });
  return { writes, faults: withoutEchoes(faults, unmatched) };
}
