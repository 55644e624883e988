import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expressionSchema } from "schemas";
import { Cache } from "./cache.ts";
import { fieldTypes } from "./field-types/index.ts";
import type { FieldOf, FieldType, JsonSchema } from "./field-types/field-type.ts";
import { isStorable } from "./field-types/json.ts";
import { isDay, isMoment } from "./field-types/moments.ts";
import { decimalText, outOfBounds, type Bounds } from "./field-types/numbers.ts";
import { withDefaults } from "./model.ts";

/**
 * An Ajv that knows our keywords. Its dates and moments are those that PostgreSQL can keep. A schema that is `known` to be
 * one is not held against the schema of schemas, which takes longer to be made than most.
 */
export function newAjv({ known = false }: { readonly known?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    validateSchema: !known,
    strictTypes: false,
    allErrors: true,
    verbose: true,
    ownProperties: true,
    discriminator: true,
  });
  formats.default(ajv, ["duration", "email", "time", "uri", "uuid"]);
  ajv.addFormat("date", isDay);
  ajv.addFormat("date-time", isMoment);
  ajv.addKeyword({ keyword: "decimal", type: "string", schemaType: "object", validate: withinBounds, errors: false });
  ajv.addKeyword({ keyword: "storable", schemaType: "boolean", validate: storable, errors: false });
  for (const annotation of [
    "x-channel",
    "x-condition-of",
    "x-document",
    "x-entity",
    "x-event",
    "x-field",
    "x-list",
    "x-of",
    "x-person",
    "x-read",
    "x-scope",
    "x-sent",
    "x-values-of",
  ])
    ajv.addKeyword(annotation);
  addFieldKeyword(ajv);
  ajv.addSchema(expressionSchema);
  return ajv;
}

/** The JSON Schema that a property stands for: the one source for records, forms and OpenAPI. */
export function valueSchema(property: FieldOf<any>): JsonSchema {
  const type: FieldType<any> = fieldTypes[property.field as keyof typeof fieldTypes];
  const { title, description, readOnly, deprecated } = property;
  const notes = Object.entries({ title, description, readOnly, deprecated }).filter(([, note]) => note !== undefined);
  return { ...type.value(property), ...Object.fromEntries(notes) };
}

const plain = new WeakMap<JsonSchema, ValidateFunction>();

/** What stands against a value that is to hold against a JSON Schema: a sentence each, with the place. */
export function misfits(schema: JsonSchema, value: unknown): readonly string[] {
  const validate = plain.get(schema) ?? newAjv().compile(schema);
  plain.set(schema, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath || "It"} ${wanted(error)}.`);
}

const looked = new Cache<{ readonly why?: string }>(500);
/** Knows the schema of schemas, once for all that are held against it. */
let ofSchemas: Ajv2020 | undefined;

/** Why something is no JSON Schema; nothing where it is one. */
export function schemaFault(schema: JsonSchema): string | undefined {
  const { why } = looked.get(JSON.stringify(schema), () => {
    try {
      ofSchemas ??= newAjv();
      ofSchemas.validateSchema(schema, true);
      newAjv({ known: true }).compile(schema);
      return {};
    } catch (error) {
      return { why: error instanceof Error ? error.message.slice(0, 200) : String(error) };
    }
  });
  return why;
}

/** What Ajv found, as the end of a sentence that begins with the name of the value. */
export function wanted({ keyword, params, schema, data }: ErrorObject): string {
  const told: Readonly<Record<string, () => string>> = {
    type: () => `must be ${words[String(params.type)] ?? String(params.type)}`,
    enum: () =>
      `must be one of ${(schema as unknown[])
        .slice(0, 20)
        .map((it) => `"${String(it)}"`)
        .join(", ")}`,
    const: () => `must be "${String(schema)}"`,
    minLength: () => (schema === 1 ? "must not be empty" : `must have at least ${String(schema)} characters`),
    maxLength: () => `must have at most ${String(schema)} characters`,
    minimum: () => `must be at least ${String(schema)}`,
    maximum: () => `must be at most ${String(schema)}`,
    minItems: () => `must have at least ${String(schema)} items`,
    maxItems: () => `must have at most ${String(schema)} items`,
    uniqueItems: () => "must not name anything twice",
    required: () => `needs "${String(params.missingProperty)}"`,
    additionalProperties: () => `knows no "${String(params.additionalProperty).slice(0, 80)}"`,
    decimal: () => outOfBounds(String(data), schema as Bounds) ?? "is out of bounds",
    storable: () => "holds what cannot be stored",
    discriminator: () => `knows no ${String(params.tag)} "${String(params.tagValue).slice(0, 80)}"`,
    propertyNames: () => `cannot have a name like "${String(params.propertyName).slice(0, 80)}"`,
  };
  return told[keyword]?.() ?? "is not well formed";
}

const words: Readonly<Record<string, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

const wellFormed = new RegExp(decimalText, "u");
const withinBounds = (bounds: Bounds, value: string) =>
  !wellFormed.test(value) || outOfBounds(value, bounds) === undefined;
const storable = (wantedSo: boolean, value: unknown) => !wantedSo || isStorable(value);

const conditionKeywords = ["visible_when", "when_hidden", "required_when", "offers"];

/** `field` expands to the value schema of its type, which sees the whole property. */
function addFieldKeyword(ajv: Ajv2020): void {
  const types = Object.values<FieldType<any>>(fieldTypes);
  const keywords = new Set([
    ...conditionKeywords,
    "unique",
    ...types.flatMap(({ keywords }) => Object.keys(keywords.properties)),
  ]);
  for (const keyword of keywords) if (!ajv.getKeyword(keyword)) ajv.addKeyword(keyword);
  ajv.addKeyword({
    keyword: "field",
    schemaType: "string",
    macro: (name: string, property: object) =>
      valueSchema(withDefaults(fieldTypes[name as keyof typeof fieldTypes], "value", property)),
  });
}
