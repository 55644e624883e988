import type { EntityAccess } from "./access.ts";
import { isEmpty, pointer, validatorOf } from "./entity-schema.ts";
import type { Entity, Field, Model } from "./model.ts";
import { nearest } from "./nearest.ts";
import { fault, type Fault } from "./problem.ts";

/** Values by field name, as they travel. Null empties a field. */
export type Values = Readonly<Record<string, unknown>>;

/** What is asked of a record's values, and for whom. */
export interface Asking {
  readonly model: Model;
  readonly entity: Entity;
  /** Without it everything may be written that a hand writes: the engine's own doing. */
  readonly access?: EntityAccess | undefined;
  /** JSON Pointer of the record in what the caller sent. */
  readonly path?: string;
  /** What defaults work out for the fields that a new record leaves empty (`workedDefaults`). */
  readonly worked?: (values: Values) => Values;
}

/** What a caller gave, read: the values that hold, and what is wrong with the others. */
export interface ReadValues {
  readonly values: Values;
  readonly faults: readonly Fault[];
  /** The fields that were given what does not hold, or may not be given anything. */
  readonly unsound: ReadonlySet<string>;
  /** Fields that the caller may write on some records only; to be asked of each record. */
  readonly conditional: readonly Field[];
}

const faultsMax = 100;

/** Where nothing was given. */
export const nothingRead: ReadValues = { values: {}, faults: [], unsound: new Set(), conditional: [] };

/** Reads the values of a new record. Null and absent are one; defaults fill what is left empty. */
export function readNew(asking: Asking, input: unknown): ReadValues {
  const given = readGiven(asking, input, "create");
  if (!given.record) return malformed(asking, given);
  const plain: Record<string, unknown> = defaultsOf(asking, given.values);
  for (const name of Object.keys(given.values)) if (given.values[name] !== null) plain[name] = given.values[name];
  const values = asking.worked ? { ...plain, ...asking.worked(plain) } : plain;
  return close(asking, given, values, validatorOf(asking.model).validate(asking.entity.name, values));
}

/** Reads what shall change in a record. Null empties a field; what is not named stays. */
export function readPatch(asking: Asking, input: unknown): ReadValues {
  const given = readGiven(asking, input, "update");
  if (!given.record) return malformed(asking, given);
  const faults = validatorOf(asking.model).validate(asking.entity.name, given.values, { partial: true });
  return close(asking, given, given.values, faults);
}

/** Reads values of a record that is only played with: all that stands in a record may be told, by whomever it is kept. */
export function readPlayed(asking: Asking, input: unknown): ReadValues {
  const given = readGiven(asking, input, "play");
  const faults = validatorOf(asking.model).validate(asking.entity.name, given.values, { partial: true });
  return close(asking, given, given.values, faults);
}

/**
 * What was read without the values against which something stands besides; `path` is that of the record. A field that is
 * unknown to the caller is never among the unsound: what is left untold for its sake would tell that it is there.
 */
export function setAside(read: ReadValues, path: string, faults: readonly Fault[]): ReadValues {
  if (faults.length === 0) return read;
  const named = faults.filter(({ code }) => code !== "field.unknown");
  const unsound = new Set([
    ...read.unsound,
    ...named.map((it) => it.path.slice(path.length + 1).split("/", 1)[0] ?? ""),
  ]);
  const values = Object.fromEntries(Object.entries(read.values).filter(([name]) => !unsound.has(name)));
  return { ...read, values, faults: [...read.faults, ...faults], unsound };
}

/** Values as they are kept: what may be written in short stands at length, empty values are null. */
export function normalValues(model: Model, entity: Entity, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const field = entity.fields.get(name);
      return field ? [[name, normalValue(model, field, value)] as const] : [];
    }),
  );
}

/** The values that an entity gives to fields left empty, where they are no expressions. */
export function defaultsOf({ model, entity }: Asking, given: Values): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of plainDefaults(entity))
    if ((given[field.name] ?? null) === null) values[field.name] = normalValue(model, field, field.property.default);
  return values;
}

const filling = new WeakMap<Entity, readonly Field[]>();

function plainDefaults(entity: Entity): readonly Field[] {
  const known = filling.get(entity);
  if (known) return known;
  const fields = [...entity.fields.values()].filter(
    ({ type, property }) => (property.default ?? null) !== null && !isExpression(property.default) && !type.computed,
  );
  filling.set(entity, fields);
  return fields;
}

/** Whether a default is worked out when the record is made. */
export function isExpression(value: unknown): value is { readonly cel: string } {
  return typeof value === "object" && value !== null && "cel" in value && typeof value.cel === "string";
}

interface Given {
  readonly record: boolean;
  readonly values: Values;
  readonly faults: readonly Fault[];
  readonly conditional: readonly Field[];
}

function readGiven(asking: Asking, input: unknown, right: "create" | "update" | "play"): Given {
  const { model, entity, access, path = "" } = asking;
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return {
      record: false,
      values: {},
      faults: [fault("record.malformed", { entity: entity.name, path })],
      conditional: [],
    };
  const faults: Fault[] = [];
  const conditional: Field[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(input)) {
    const value = (input as Values)[name];
    const field = visible(asking, name);
    const refused = field ? right !== "play" && refusal(asking, field, right) : unknownField(asking, name);
    if (refused) faults.push(refused);
    else if (field) {
      values[field.name] = normalValue(model, field, value);
      const rule = (right !== "play" && access?.writable(field, right).kind) || "all";
      if (rule !== "all") conditional.push(field);
    }
    if (faults.length >= faultsMax) break;
  }
  return { record: true, values, faults, conditional };
}

function normalValue(model: Model, field: Field, value: unknown): unknown {
  if (isEmpty(value)) return null;
  return field.type.normal?.(value, field.property, model.workspace.currency) ?? value;
}

/** A field that the caller cannot read on any record is not there for her. */
function visible({ entity, access }: Asking, name: string): Field | undefined {
  const field = entity.fields.get(name);
  return field && access?.readable(field).kind !== "none" ? field : undefined;
}

function refusal({ access, path = "" }: Asking, field: Field, right: "create" | "update"): Fault | undefined {
  const place = () => ({ path: `${path}/${pointer(field.name)}` });
  if (field.readOnly) return fault("field.read_only", { field: field.name, ...place() });
  if (access?.writable(field, right).kind === "none")
    return fault("right.missing", { right: `write "${field.title}"`, ...place() });
  return undefined;
}

function unknownField(asking: Asking, name: string): Fault {
  const { entity, path = "" } = asking;
  const hint = nearest(
    name.slice(0, 80),
    [...entity.fields.keys()].filter((known) => visible(asking, known)),
  );
  const place = { path: `${path}/${pointer(name)}`, ...(hint === undefined ? {} : { hint }) };
  return fault("field.unknown", { entity: entity.name, field: name.slice(0, 80).toWellFormed(), ...place });
}

/** What is no record says nothing of any field. */
function malformed({ entity }: Asking, { faults }: Given): ReadValues {
  return { ...nothingRead, faults, unsound: new Set(entity.fields.keys()) };
}

function close({ path = "" }: Asking, given: Given, values: Values, found: readonly Fault[]): ReadValues {
  const read = { ...nothingRead, values, conditional: given.conditional };
  if (given.faults.length === 0 && found.length === 0) return read;
  const faults = [...given.faults, ...found.map((it) => ({ ...it, path: `${path}${it.path}` }))];
  return setAside(read, path, faults.slice(0, faultsMax));
}
