import {
  fault,
  foundBy,
  isNeverHidden,
  nearest,
  normalValues,
  pointer,
  setAside,
  validatorOf,
  type Entity,
  type EntityAccess,
  type Fault,
  type Field,
  type ReadValues,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { numberOf } from "./once.ts";
import type { Scene } from "./operation.ts";
import { ask, conditionOf, shaped, targetOf } from "./rows.ts";

/** What a caller gave for one record, and where it stands in the request. */
export interface GivenRecord {
  readonly entity: Entity;
  readonly input: unknown;
  readonly path: string;
}

/** A reference that says what its record holds, and where it stands. */
interface Naming {
  readonly at: number;
  readonly field: Field;
  readonly path: string;
  /** What it says, where that can be looked for. */
  readonly told?: { readonly target: Entity; readonly by: readonly Field[]; readonly values: Values };
}

type Told = Naming & Required<Pick<Naming, "told">>;

const fieldsMost = 4;

/** What was given for a record with ids for its references, and what stands against those that lead nowhere. */
export interface MatchedRecord {
  readonly input: unknown;
  readonly faults: readonly Fault[];
}

/**
 * References that are given by what their records hold, `{"match": {"external_id": "C-1"}}`, as ids; one to several
 * entities says which, `{"entity": "company", "match": …}`. They are looked for among the records that the caller sees,
 * with one statement for each set of fields. All that leads nowhere, or to several, is told at once. The answer has the
 * order of what is given.
 */
export async function matched(
  tx: Connection,
  scene: Scene,
  given: readonly GivenRecord[],
): Promise<readonly MatchedRecord[]> {
  const faults = given.map((): Fault[] => []);
  const namings = given.flatMap((record, at) => namingsOf(scene, record, at, faults[at]!));
  const inputs = given.map(({ input }) => input);
  for (const { at, field } of namings) inputs[at] = { ...(inputs[at] as Values), [field.name]: null };
  const told = namings.filter((it): it is Told => it.told !== undefined);
  const groups = Map.groupBy(told, ({ told: { target, by } }) =>
    [target.name, ...by.map(({ name }) => name)].join(" "),
  );
  for (const them of groups.values()) {
    const found = await idsOf(tx, scene, them);
    for (const [place, { at, field, path, told }] of them.entries()) {
      const { name: entity } = told.target;
      const [id, ...others] = found.get(place) ?? [];
      if (id === undefined) faults[at]!.push(fault("reference.missing", { entity, path }));
      else if (others.length > 0) faults[at]!.push(fault("reference.ambiguous", { entity, path }));
      else {
        const points = field.targets.length > 1 ? { entity, id } : id;
        inputs[at] = { ...(inputs[at] as Values), [field.name]: points };
      }
    }
  }
  return inputs.map((input, at) => ({ input, faults: faults[at]! }));
}

/** What was read of a record beside references of it that lead nowhere; what only says the same again is left out. */
export function besideUnmatched(read: ReadValues, path: string, unmatched: readonly Fault[]): ReadValues {
  const places = unmatched.map((it) => it.path);
  const isEcho = ({ code, path }: Fault) =>
    code === "value.missing" && places.some((it) => it === path || it.startsWith(`${path}/`));
  return setAside({ ...read, faults: read.faults.filter((it) => !isEcho(it)) }, path, unmatched);
}

function namingsOf(scene: Scene, { entity, input, path }: GivenRecord, at: number, faults: Fault[]): readonly Naming[] {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return [];
  return Object.keys(input).flatMap((name): readonly Naming[] => {
    const value = (input as Values)[name];
    if (typeof value !== "object" || value === null || !("match" in value)) return [];
    const field = entity.fields.get(name);
    const isHidden = field && scene.access?.entity(entity.name)?.readable(field).kind === "none";
    if (!field || isHidden || field.targets.length === 0) return [];
    const naming = { at, field, path: `${path}/${pointer(name)}` };
    const told = readNaming(scene, field, value as Values, naming.path);
    if ("faults" in told) faults.push(...told.faults);
    return ["faults" in told ? naming : { ...naming, told }];
  });
}

type Read<Found> = Found | { readonly faults: readonly Fault[] };

function readNaming(scene: Scene, { targets }: Field, value: Values, path: string): Read<Told["told"]> {
  const { match, entity, ...others } = value;
  const target = scene.model.entities.get(targets.length > 1 ? String(entity ?? "") : (targets[0] ?? ""));
  const access = target && scene.access?.entity(target.name);
  if (!target || !targets.includes(target.name) || (scene.access && !access)) {
    const hint = targets.filter((it) => !scene.access || scene.access.entity(it)).join(", ");
    return { faults: [fault("reference.entity", { path: `${path}/entity`, hint })] };
  }
  const entries = typeof match === "object" && match !== null && !Array.isArray(match) ? Object.entries(match) : [];
  if (entries.length === 0 || entries.length > fieldsMost || Object.keys(others).length > 0)
    return { faults: [fault("reference.match", { most: fieldsMost, path: `${path}/match` })] };
  const found = readMatch(scene, target, access, entries, `${path}/match`);
  return "faults" in found ? found : { target, ...found };
}

/** The fields and values that tell a record apart. */
function readMatch(
  scene: Scene,
  target: Entity,
  access: EntityAccess | undefined,
  entries: readonly (readonly [string, unknown])[],
  path: string,
): Read<Omit<Told["told"], "target">> {
  const faults: Fault[] = [];
  const fits = (field: Field) =>
    isNeverHidden(access, field) && !field.type.computed && Object.keys(field.columns).length > 0;
  const by = entries.flatMap(([name]) => {
    const field = target.fields.get(name);
    if (field && fits(field)) return [field];
    const hint = nearest(
      name.slice(0, 80),
      [...target.fields.values()].filter(fits).map((it) => it.name),
    );
    const told = { entity: target.name, field: name.slice(0, 80), path: `${path}/${pointer(name)}` };
    faults.push(fault("field.unknown", { ...told, ...(hint === undefined ? {} : { hint }) }));
    return [];
  });
  const values = normalValues(scene.model, target, Object.fromEntries(entries));
  for (const { name, title } of by)
    if ((values[name] ?? null) === null) faults.push(fault("value.missing", { title, path: `${path}/${name}` }));
  const wrong = faults.length > 0 ? [] : validatorOf(scene.model).validate(target.name, values, { partial: true });
  const all = [...faults, ...wrong.map((it) => ({ ...it, path: `${path}${it.path}` }))];
  return all.length > 0 ? { faults: all } : { by, values };
}

/** The ids of the records that namings of one entity by the same fields mean, by their place. */
async function idsOf(
  tx: Connection,
  scene: Scene,
  them: readonly Told[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const { target, by } = them[0]!.told;
  const rows = await alike(
    tx,
    scene,
    target,
    by,
    them.map(({ told }) => told.values),
  );
  const seen = rows.filter(({ visible }) => visible);
  return new Map([...Map.groupBy(seen, ({ at }) => at)].map(([at, found]) => [at, found.map(({ id }) => id)]));
}

/** A standing record that shares the values of some fields with what is given. */
export interface Alike {
  /** Whose place among what is given. */
  readonly at: number;
  readonly id: string;
  /** Whether the caller sees it. */
  readonly visible: boolean;
  /** Whether it has the values in these very fields, and not as another address of hers. */
  readonly own: boolean;
}

/**
 * Standing records that share the values of some fields with what is given. Where none has an address in the very field,
 * she is found by any other of hers that the caller may read.
 */
export async function alike(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  by: readonly Field[],
  values: readonly Values[],
): Promise<readonly Alike[]> {
  const access = scene.access?.entity(entity.name);
  const rule = access?.rule("read");
  const bound = rule && rule.kind !== "all" ? rule : undefined;
  const among = Object.fromEntries(
    by.flatMap((field) => {
      const places = foundBy(entity, field).filter((it) => it === field || isNeverHidden(access, it));
      return places.length > 1 ? [[field.name, places.map(({ name }) => name)]] : [];
    }),
  );
  const place = { slot: 0, one: values.length === 1, among };
  const shape = ["match", entity.name, place.one, by.map(({ name }) => name), among, numberOf(bound)];
  const make = () => writing.rowsAlike(targetOf(scene, entity), by, place, bound && conditionOf(scene, entity, bound));
  const found = await ask<Alike>(tx, shaped(scene, shape, make, { ids0: [], ...writing.cellSlots(by, values) }));
  const owned = new Set(found.flatMap(({ at, own }) => (own ? [at] : [])));
  return found.filter(({ at, own }) => own || !owned.has(at));
}
