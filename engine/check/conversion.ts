import type { ConversionDocument, Made } from "schemas";
import { pointsAtMade } from "../conversion.ts";
import { checkExpression } from "../expression/check.ts";
import { recordScope } from "../expression/scope.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { isExpression } from "../values.ts";
import { fieldUnknown } from "./entity.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown, eventFaults } from "./screens.ts";

type Steps = readonly (string | number)[];

/** What a conversion names: entities, fields, lists, an event, and what it makes; and whether values fit where they go. */
export function checkConversion(model: Model, document: ConversionDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const { when, event, makes, files } = document;
  const names = makes.map(({ name }) => name);
  return [
    ...(when ? expressionFaults(model, document, when.cel, ["when"], "boolean") : []),
    ...(event === undefined ? [] : eventFaults(model, entity, [event], () => placeOf(document, "event"))),
    ...makes.flatMap((made, at) => madeFaults(model, document, entity, made, at, known)),
    ...movesFaults(model, document, entity),
    ...(files === undefined ? [] : madeUnknown(document, names, files, ["files"])),
  ];
}

function madeFaults(
  model: Model,
  document: ConversionDocument,
  from: Entity,
  made: Made,
  at: number,
  known: Known,
): readonly Fault[] {
  const place: Steps = ["makes", at];
  const to = model.entities.get(made.entity);
  if (!to) return entityUnknown(model, made.entity, placeOf(document, ...place, "entity"), known);
  const before = document.makes.slice(0, at).map(({ name }) => name);
  return [
    ...(before.includes(made.name)
      ? [fault("conversion.name", { name: made.name, path: placeOf(document, ...place, "name") })]
      : []),
    ...(made.when ? expressionFaults(model, document, made.when.cel, [...place, "when"], "boolean") : []),
    ...(made.match ?? []).flatMap(({ field: name, value }, index) => {
      const steps = [...place, "match", index];
      const field = to.fields.get(name);
      const path = placeOf(document, ...steps, "field");
      if (!field) return [fieldUnknown(to, name, path)];
      const textual = kindOf(field) === "text" && !field.type.computed;
      return [
        ...(textual ? [] : [fault("conversion.match", { field: name, path })]),
        ...expressionFaults(model, document, value.cel, [...steps, "value"], "text"),
      ];
    }),
    ...Object.entries(made.values ?? {}).flatMap(([name, value]) =>
      valueFaults(model, document, to, { name, value, steps: [...place, "values", name], before }),
    ),
    ...intoFaults(document, from, made, [...place, "into"]),
  ];
}

function valueFaults(
  model: Model,
  document: ConversionDocument,
  to: Entity,
  given: {
    readonly name: string;
    readonly value: unknown;
    readonly steps: Steps;
    readonly before: readonly string[];
  },
): readonly Fault[] {
  const { name, value, steps, before } = given;
  const path = placeOf(document, ...steps);
  const field = to.fields.get(name);
  if (!field) return [fieldUnknown(to, name, path)];
  if (field.readOnly) return [fault("field.read_only", { field: name, path })];
  if (pointsAtMade(value)) {
    const unknown = madeUnknown(document, before, value.made, [...steps, "made"]);
    const entity = document.makes.find((it) => it.name === value.made)?.entity ?? "";
    return unknown.length > 0 || field.targets.includes(entity)
      ? unknown
      : [fault("conversion.points", { field: name, entity, path })];
  }
  return isExpression(value) ? expressionFaults(model, document, value.cel, steps, kindOf(field)) : [];
}

function intoFaults(document: ConversionDocument, from: Entity, { into, entity }: Made, steps: Steps) {
  if (into === undefined) return [];
  const field = from.fields.get(into);
  const path = placeOf(document, ...steps);
  if (!field) return [fieldUnknown(from, into, path)];
  return field.targets.includes(entity) ? [] : [fault("conversion.points", { field: into, entity, path })];
}

function movesFaults(model: Model, document: ConversionDocument, entity: Entity): readonly Fault[] {
  return (document.moves ?? []).flatMap(({ list, set }, at) => {
    const path = placeOf(document, "moves", at, "list");
    const inverse = entity.inverses.get(list);
    const child = inverse && model.entities.get(inverse.entity);
    if (!child)
      return [
        fault("document.list_unknown", { entity: entity.name, list, path, ...near(list, entity.inverses.keys()) }),
      ];
    return Object.entries(set).flatMap(([name, made]) => {
      const steps = ["moves", at, "set", name];
      const field = child.fields.get(name);
      const target = document.makes.find((it) => it.name === made);
      if (!field) return [fieldUnknown(child, name, placeOf(document, ...steps))];
      if (!target)
        return madeUnknown(
          document,
          document.makes.map((it) => it.name),
          made,
          steps,
        );
      return field.targets.includes(target.entity)
        ? []
        : [fault("conversion.points", { field: name, entity: target.entity, path: placeOf(document, ...steps) })];
    });
  });
}

const madeUnknown = (document: ConversionDocument, names: readonly string[], name: string, steps: Steps) =>
  names.includes(name)
    ? []
    : [fault("conversion.made_unknown", { name, path: placeOf(document, ...steps), ...near(name, names) })];

const kindOf = ({ type, property }: Field) => type.type(property).kind;

/** Kinds whose values are texts, or are written as texts where one is wanted. */
const texts: ReadonlySet<string> = new Set(["text", "choice", "state", "id", "number"]);
const textual: ReadonlySet<string> = new Set(["text", "choice", "id"]);

function expressionFaults(
  model: Model,
  document: ConversionDocument,
  cel: string,
  steps: Steps,
  wanted: string,
): readonly Fault[] {
  const path = placeOf(document, ...steps, "cel");
  const { expression, faults } = checkExpression(cel, recordScope(model, document.entity));
  if (!expression) return faults.map((it) => ({ ...it, path }));
  const { kind } = expression.type;
  const fits =
    kind === wanted ||
    kind === "null" ||
    kind === "json" ||
    (textual.has(wanted) && texts.has(kind) && (wanted === "text" || kind !== "number"));
  return fits ? [] : [fault("expression.result", { wanted, found: kind, path })];
}
