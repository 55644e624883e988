import type { Ajv2020, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import type { Choice, EntityDocument, Property } from "schemas";
import { newAjv, valueSchema, wanted } from "../ajv.ts";
import { Cache } from "../cache.ts";
import type { FieldType, JsonSchema } from "../field-types/field-type.ts";
import { fieldTypes } from "../field-types/index.ts";
import { choicesOf, withDefaults, type Model } from "../model.ts";
import { isPartOf, ownerOfPart } from "../sharing.ts";
import { fault, type Fault } from "../problem.ts";
import { near, placeOf } from "./place.ts";

/** What any property may carry, whatever its type. */
const common = [
  "$anchor",
  "field",
  "title",
  "description",
  "default",
  "readOnly",
  "deprecated",
  "unique",
  "visible_when",
  "when_hidden",
  "required_when",
  "offers",
];

/** Everything about one field that can be said without expressions. `known` names documents that are malformed elsewhere. */
export function checkField(model: Model, document: EntityDocument, name: string, known: Known): readonly Fault[] {
  const property = document.properties[name] as Property;
  const type = typeOf(property);
  const place = (...steps: readonly (string | number)[]) => placeOf(document, "properties", name, ...steps);
  if (!type) {
    const hint = near(property.field, Object.keys(fieldTypes));
    return [fault("field_type.unknown", { type: property.field.slice(0, 80), path: place("field"), ...hint })];
  }
  const keywords = checkKeywords(type, property, place);
  if (keywords.length > 0) return keywords;
  return [
    ...(type.neverUnique && property.unique === true
      ? [fault("unique.unfit", { type: type.name, path: place("unique") })]
      : []),
    ...checkTargets(model, property, place, known),
    ...checkOwned(model, document, name, place),
    ...checkChoices(model, type, property, place, known),
    ...checkBounds(property, place),
    ...checkDefault(model, type, name, property, place),
    ...checkConditions(model, document, type, name),
  ];
}

/** Names of documents that were handed in, well formed or not: who points at one of them does nothing wrong. */
export type Known = (kind: string, name: string) => boolean;

type At = (...steps: readonly (string | number)[]) => string;

/**
 * The document as the model may read it: a field whose type or keywords are at fault has a text as its stand-in, so that
 * what else names it is still understood.
 */
export function withStandIns(document: EntityDocument): EntityDocument {
  const sound = (property: Property) => {
    const type = typeOf(property);
    return type !== undefined && checkKeywords(type, property, () => "").length === 0;
  };
  const properties = Object.entries(document.properties).map(([name, property]) => {
    const { $anchor, title } = property;
    return [name, sound(property) ? property : { $anchor, title, field: "text" }] as const;
  });
  return { ...document, properties: Object.fromEntries(properties) };
}

const typeOf = ({ field }: Property): FieldType<any> | undefined =>
  Object.hasOwn(fieldTypes, field) ? fieldTypes[field as keyof typeof fieldTypes] : undefined;

let made: Ajv2020 | undefined;

/** One for all checks: making it costs far more than asking it. */
function ajv(): Ajv2020 {
  return (made ??= newAjv({ known: true }));
}

const keywordChecks = new Map<string, ValidateFunction>();

function checkKeywords(type: FieldType<any>, property: Property, place: At): readonly Fault[] {
  const own = Object.entries(withDefaults(type, "", property)).filter(
    ([key]) => key !== "name" && !common.includes(key),
  );
  const validate = keywordChecks.get(type.name) ?? compileKeywords(type);
  keywordChecks.set(type.name, validate);
  if (Object.hasOwn(property, "name")) return [keywordUnknown(type, "name", place)];
  if (validate(Object.fromEntries(own))) return [];
  const leaves = (validate.errors ?? []).filter(({ keyword }) => keyword !== "anyOf");
  const faults = leaves.map((error) => keywordFault(type, error, place));
  return [...new Map(faults.map((it) => [it.path, it])).values()];
}

function compileKeywords(type: FieldType<any>): ValidateFunction {
  return ajv().compile({ type: "object", ...type.keywords, additionalProperties: false });
}

function keywordFault(type: FieldType<any>, error: ErrorObject, place: At): Fault {
  if (error.instancePath === "" && error.keyword === "additionalProperties")
    return keywordUnknown(type, String(error.params.additionalProperty), place);
  return fault("document.malformed", { wanted: wanted(error), path: place() + error.instancePath });
}

function keywordUnknown(type: FieldType<any>, keyword: string, place: At): Fault {
  const hint = near(keyword, [...Object.keys(type.keywords.properties), ...common]);
  return fault("keyword.unknown", { keyword: keyword.slice(0, 80), type: type.name, path: place(keyword), ...hint });
}

/** What conditions can ask of a field at all; the expressions themselves are checked with the others. */
function checkConditions(model: Model, document: EntityDocument, type: FieldType<any>, name: string): readonly Fault[] {
  const property = document.properties[name] as Property;
  const { title, visible_when, required_when, offers, readOnly } = property;
  const place = (...steps: readonly (string | number)[]) => placeOf(document, "properties", name, ...steps);
  const chooses = "choices" in type.keywords.properties;
  return [
    ...(visible_when && document.required?.includes(name)
      ? [fault("field.always_hidden", { title, path: place("visible_when") })]
      : []),
    ...(required_when && (type.computed || readOnly)
      ? [fault("field.never_asked", { title, path: place("required_when") })]
      : []),
    ...(offers && !chooses ? [fault("offers.no_choices", { type: type.name, path: place("offers") })] : []),
    ...(chooses ? (offers ?? []) : []).flatMap(({ choices }, at) => {
      const values = choicesOf(model, property).map(({ value }) => value);
      return choices.flatMap((value, inner) =>
        values.includes(value)
          ? []
          : [
              fault("expression.choice", {
                value,
                path: place("offers", at, "choices", inner),
                ...near(value, values),
              }),
            ],
      );
    }),
  ];
}

function checkTargets(model: Model, property: Property, place: At, known: Known): readonly Fault[] {
  const to = property.to as string | readonly string[] | undefined;
  const targets = to === undefined ? [] : typeof to === "string" ? [to] : to;
  return targets.flatMap((entity, index) =>
    model.entities.has(entity) || known("entity", entity)
      ? []
      : [
          fault("document.entity_unknown", {
            entity,
            path: typeof to === "string" ? place("to") : place("to", index),
            ...near(entity, model.entities.keys()),
          }),
        ],
  );
}

/** A record is part of one other, and nothing is part of itself. */
function checkOwned(model: Model, document: EntityDocument, name: string, place: At): readonly Fault[] {
  const field = model.entities.get(document.$id)?.fields.get(name);
  if (field?.property.owned !== true) return [];
  if (field.targets.length > 1) return [fault("owned.several", { path: place("owned") })];
  const parent = ownerOfPart(model, field);
  const circle = parent && isPartOf(model, parent, document.$id);
  return circle ? [fault("owned.circle", { path: place("owned") })] : [];
}

function checkChoices(
  model: Model,
  type: FieldType<any>,
  property: Property,
  place: At,
  known: Known,
): readonly Fault[] {
  if (!("choices" in type.keywords.properties)) return [];
  const set = property.value_set as string | undefined;
  if ((set === undefined) === (property.choices === undefined)) return [fault("choices.missing", { path: place() })];
  if (set !== undefined && !model.valueSets.has(set) && !known("value-set", set))
    return [fault("value_set.unknown", { name: set, path: place("value_set"), ...near(set, model.valueSets.keys()) })];
  return doubleChoices((property.choices ?? []) as readonly Choice[], (index) => place("choices", index, "value"));
}

/** Every choice that repeats an earlier one. */
export function doubleChoices(choices: readonly Choice[], place: (index: number) => string): readonly Fault[] {
  const seen = new Set<string>();
  return choices.flatMap(({ value }, index) => {
    const twice = seen.has(value);
    seen.add(value);
    return twice ? [fault("choices.taken", { value, path: place(index) })] : [];
  });
}

function checkBounds(property: Property, place: At): readonly Fault[] {
  const { minimum, maximum } = property as { minimum?: number; maximum?: number };
  const crossed = minimum !== undefined && maximum !== undefined && minimum > maximum;
  return crossed ? [fault("bounds.crossed", { path: place("minimum") })] : [];
}

/** A default is a value of the field; an expression is checked with the others. */
function checkDefault(
  model: Model,
  type: FieldType<any>,
  name: string,
  property: Property,
  place: At,
): readonly Fault[] {
  const value = property.default;
  if (value === undefined || value === null || (typeof value === "object" && "cel" in value)) return [];
  if (type.computed)
    return [fault("default.invalid", { wanted: "has no meaning: the engine fills the field", path: place("default") })];
  const set = typeof property.value_set === "string" ? model.valueSets.get(property.value_set) : undefined;
  if (typeof property.value_set === "string" && !set) return [];
  const full = withDefaults(type, name, set ? { ...property, choices: set.choices } : property);
  const schema = valueSchema(full);
  const misfit = defaults.get(JSON.stringify([schema, value]), () => misfitOf(schema, value));
  if (!misfit.wanted) return [];
  return [fault("default.invalid", { wanted: misfit.wanted, path: place("default") + misfit.path })];
}

/** What stands against a default, as it was found: most fields stay what they are from one model to the next. */
const defaults = new Cache<Misfit>(1000);

interface Misfit {
  readonly wanted: string;
  readonly path: string;
}

function misfitOf(schema: JsonSchema, value: unknown): Misfit {
  const validate = ajv().compile(schema);
  const fits = validate(value);
  ajv().removeSchema(schema);
  const [error] = validate.errors ?? [];
  return fits || !error ? { wanted: "", path: "" } : { wanted: wanted(error), path: error.instancePath };
}
