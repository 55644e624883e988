import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { newAjv, valueSchema, wanted } from "./ajv.ts";
import { Cache } from "./cache.ts";
import type { JsonSchema } from "./field-types/field-type.ts";
import type { Entity, Field, Model } from "./model.ts";
import { nearest } from "./nearest.ts";
import { fault, type Fault } from "./problem.ts";

/**
 * The JSON Schema of an entity's records: every `field` expanded to the value schema of its type. Records as they are
 * written and read; null and absent are one.
 */
export function entitySchema(model: Model, entity: Entity): JsonSchema {
  const fields = [...entity.fields.values()];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `${model.version}/entity/${entity.name}`,
    title: entity.title,
    type: "object",
    properties: Object.fromEntries(fields.map(({ name, property }) => [name, valueSchema(property)])),
    required: fields.filter(isAsked).map(({ name }) => name),
    additionalProperties: false,
  };
}

/** Whether a value says nothing. `required` means "not empty". */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Checks records against their entities. It says nothing about who may write what: read-only fields pass. */
export interface Validator {
  /** All faults of a record; with `partial`, only what it names is looked at. */
  validate(entity: string, record: unknown, how?: { readonly partial?: boolean }): readonly Fault[];
}

const validators = new WeakMap<Model, Validator>();
/** What was made of schemas, by their text, as long as a model uses it: from one model to the next most entities stay what they are. */
const made = new Cache<WeakRef<ValidateFunction>>(200);
type Made = { readonly text: string; readonly validate: WeakRef<ValidateFunction> };
const unused = new FinalizationRegistry<Made>(({ text, validate }) => made.drop(text, validate));

/** Each is made by an Ajv of its own: an Ajv holds all that it has made as long as any of it is in use. */
function madeOf(schema: JsonSchema): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = made.find(text)?.deref();
  if (known) return known;
  const validate = newAjv({ known: true }).compile(schema);
  const it = { text, validate: made.keep(text, new WeakRef(validate)) };
  unused.register(validate, it);
  return validate;
}

/** The validator of a model; entities are compiled when they are first met. */
export function validatorOf(model: Model): Validator {
  const known = validators.get(model);
  if (known) return known;
  const compiled = new Map<string, ValidateFunction>();
  const compile = (entity: Entity) => {
    const known = compiled.get(entity.name);
    if (known) return known;
    const { $id: _, ...schema } = entitySchema(model, entity);
    const validate = madeOf({ ...schema, required: [] });
    compiled.set(entity.name, validate);
    return validate;
  };
  const validator: Validator = {
    validate(name, record, { partial = false } = {}) {
      const entity = model.entities.get(name);
      if (!entity) return [fault("entity.unknown", { entity: name, ...near(name, model.entities.keys()) })];
      if (!isObject(record)) return [fault("record.malformed", { entity: name })];
      const saysNothing = (key: string) => isEmpty(record[key]) && entity.fields.has(key);
      const keys = Object.keys(record);
      const check = compile(entity);
      const filled = () => Object.fromEntries(keys.flatMap((key) => (saysNothing(key) ? [] : [[key, record[key]]])));
      const holds = check(keys.some(saysNothing) ? filled() : record);
      const faults = missing(entity, record, partial);
      return holds ? faults : [...faults, ...tell(entity, check.errors ?? [])];
    },
  };
  validators.set(model, validator);
  return validator;
}

/** A field that a person must fill. */
function isAsked({ required, type }: Field): boolean {
  return required && !type.computed;
}

const askedOf = new WeakMap<Entity, readonly Field[]>();

function asked(entity: Entity): readonly Field[] {
  const known = askedOf.get(entity) ?? [...entity.fields.values()].filter(isAsked);
  askedOf.set(entity, known);
  return known;
}

function missing(entity: Entity, record: Readonly<Record<string, unknown>>, partial: boolean): readonly Fault[] {
  return asked(entity)
    .filter(({ name }) => isEmpty(own(record, name)) && (!partial || Object.hasOwn(record, name)))
    .map(({ name, title }) => fault("value.missing", { title, path: `/${name}` }));
}

function tell(entity: Entity, errors: readonly ErrorObject[]): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const told = tellOne(entity, error);
    const key = `${told.path} ${told.detail}`;
    if (!faults.has(key)) faults.set(key, told);
  }
  return [...faults.values()];
}

function tellOne(entity: Entity, error: ErrorObject): Fault {
  const path = error.instancePath;
  if (path === "" && error.keyword === "additionalProperties") {
    const unknown = String(error.params.additionalProperty);
    return fault("field.unknown", {
      entity: entity.name,
      field: unknown.slice(0, 80),
      path: `/${pointer(unknown)}`,
      ...near(unknown, entity.fields.keys()),
    });
  }
  const field = entity.fields.get(path.split("/")[1] ?? "");
  const formed = error.keyword === "pattern" || error.keyword === "format";
  const sentence = formed ? `is not well formed for "${field?.type.label ?? ""}"` : wanted(error);
  const choice = error.keyword === "enum" && typeof error.data === "string" ? error.data : undefined;
  const hint = choice === undefined ? {} : near(choice, error.schema as readonly string[]);
  return fault("value.invalid", { title: field?.title ?? entity.title, wanted: sentence, path, ...hint });
}

/** A name as a step of a JSON Pointer. */
export function pointer(name: string): string {
  return name.slice(0, 200).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
}

function near(given: string, names: Iterable<string>): { hint?: string } {
  const hint = nearest(given, names);
  return hint === undefined ? {} : { hint };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
