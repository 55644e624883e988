import type { FormDocument } from "schemas";
import { isAsked } from "../public-form.ts";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { validatorOf } from "../entity-schema.ts";
import { fieldUnknown } from "./entity.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

/** What a form names: an entity, fields that everybody can be asked for, an address that finds a record, and purposes. */
export function checkForm(model: Model, document: FormDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  if (entity.system) return [fault("form.entity", { entity: entity.title, path: placeOf(document, "entity") })];
  const { fields, hidden = [], consents = [] } = document;
  const names = [...fields, ...hidden].map(({ field }) => field);
  return [
    ...fields.flatMap(({ field }, index) => {
      const path = placeOf(document, "fields", index, "field");
      return [...askedFaults(entity, field, path), ...uniqueFaults(document, entity, index, path)];
    }),
    ...hidden.flatMap((_, index) => hiddenFaults(model, document, entity, index)),
    ...names.flatMap((name, at) => {
      if (names.indexOf(name) === at) return [];
      const place = at < fields.length ? ["fields", at] : ["hidden", at - fields.length];
      return [fault("form.twice", { field: name, path: placeOf(document, ...place, "field") })];
    }),
    ...matchFaults(document, entity),
    ...missingFaults(document, entity, names),
    ...consents.flatMap(({ purpose, channel }, index) => [
      ...(model.purposes.has(purpose) || known("purpose", purpose)
        ? []
        : [
            fault("purpose.unknown", {
              purpose,
              path: placeOf(document, "consents", index, "purpose"),
              ...near(purpose, model.purposes.keys()),
            }),
          ]),
      ...(fields.some(({ field }) => entity.fields.get(field)?.type.reaches === channel)
        ? []
        : [fault("form.no_address", { channel, path: placeOf(document, "consents", index, "channel") })]),
    ]),
  ];
}

function askedFaults(entity: Entity, name: string, path: string): readonly Fault[] {
  const field = entity.fields.get(name);
  if (!field) return [fieldUnknown(entity, name, path)];
  return isAsked(field) ? [] : [fault("form.unfit", { field: field.title, path })];
}

/** What is the same in no two records tells whether somebody is known, unless it finds her record. */
function uniqueFaults({ match, fields }: FormDocument, entity: Entity, index: number, path: string): readonly Fault[] {
  const field = entity.fields.get(fields[index]?.field ?? "");
  if (field?.property.unique !== true || field.name === match) return [];
  return [fault("form.unique", { field: field.title, path })];
}

function hiddenFaults(model: Model, document: FormDocument, entity: Entity, index: number): readonly Fault[] {
  const given = document.hidden?.[index];
  if (!given) return [];
  const path = placeOf(document, "hidden", index, "field");
  const field = entity.fields.get(given.field);
  if (!field) return [fieldUnknown(entity, given.field, path)];
  const { query, value } = given;
  if ((query === undefined) === (value === undefined)) return [fault("form.hidden", { field: field.title, path })];
  if (query !== undefined) return isAsked(field) ? [] : [fault("form.unfit", { field: field.title, path })];
  if (field.readOnly || field.system || field.type.computed) return [fault("form.unfit", { field: field.title, path })];
  const place = placeOf(document, "hidden", index, "value");
  const faults = validatorOf(model).validate(entity.name, { [field.name]: value }, { partial: true });
  return faults.map((it) => ({ ...it, path: place }));
}

function matchFaults(document: FormDocument, entity: Entity): readonly Fault[] {
  const { match, fields } = document;
  if (match === undefined) return [];
  const path = placeOf(document, "match");
  const field = entity.fields.get(match);
  if (!field) return [fieldUnknown(entity, match, path)];
  const asked = fields.some((it) => it.field === match);
  return field.type.reaches === "email" && asked ? [] : [fault("form.match", { field: field.title, path })];
}

/** A record that cannot be made without a field needs it on the form. */
function missingFaults(document: FormDocument, entity: Entity, names: readonly string[]): readonly Fault[] {
  const lacking = (field: Field) =>
    field.required && !field.system && !field.type.computed && field.property.default === undefined;
  return [...entity.fields.values()]
    .filter((field) => lacking(field) && !names.includes(field.name))
    .map((field) => fault("form.lacks", { field: field.title, path: placeOf(document, "fields") }));
}
