import type { FormDocument, FormField } from "schemas";
import { mailFieldsOf } from "../mail-fields.ts";
import { formPersonEntity, isAsked } from "../public-form.ts";
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
  const { fields, hidden = [], consents = [], match, person } = document;
  const place: Place = (...steps) => placeOf(document, ...steps);
  const given = [
    ...fields.map(({ field }, index) => ({ name: field, path: place("fields", index, "field") })),
    ...hidden.map(({ field }, index) => ({ name: field, path: place("hidden", index, "field") })),
    ...(person ? [{ name: person.reference, path: place("person", "reference") }] : []),
    ...Object.keys(person?.copied ?? {}).map((name) => ({ name, path: place("person", "copied", name) })),
  ];
  const from = formPersonEntity(model, document);
  const reached = person ? { entity: from, fields: person.fields } : { entity, fields };
  return [
    ...questionFaults(entity, { fields, match }, place),
    ...hidden.flatMap((_, index) => hiddenFaults(model, document, entity, index)),
    ...twiceFaults(given),
    ...missingFaults(entity, new Set(given.map(({ name }) => name)), place("fields")),
    ...personFaults(model, document, entity, place),
    ...consents.flatMap(({ purpose, channel }, index) => [
      ...(model.purposes.has(purpose) || known("purpose", purpose)
        ? []
        : [
            fault("purpose.unknown", {
              purpose,
              path: place("consents", index, "purpose"),
              ...near(purpose, model.purposes.keys()),
            }),
          ]),
      ...(reached.fields.some(({ field }) => reached.entity?.fields.get(field)?.type.reaches === channel)
        ? []
        : [fault("form.no_address", { channel, path: place("consents", index, "channel") })]),
    ]),
  ];
}

type Place = (...steps: readonly (string | number)[]) => string;

/** What is asked, and the address among it that finds a record. */
interface Questions {
  readonly fields: readonly FormField[];
  readonly match: string | undefined;
}

/** What is the same in no two records tells whether somebody is known, unless it finds her record. */
function questionFaults(entity: Entity, { fields, match }: Questions, place: Place): readonly Fault[] {
  return [
    ...fields.flatMap(({ field: name }, index) => {
      const path = place("fields", index, "field");
      const field = entity.fields.get(name);
      if (!field) return [fieldUnknown(entity, name, path)];
      const unique = field.property.unique === true && name !== match;
      return [
        ...(isAsked(field) ? [] : [fault("form.unfit", { field: field.title, path })]),
        ...(unique ? [fault("form.unique", { field: field.title, path })] : []),
      ];
    }),
    ...matchFaults(entity, { fields, match }, place("match")),
  ];
}

function matchFaults(entity: Entity, { fields, match }: Questions, path: string): readonly Fault[] {
  if (match === undefined) return [];
  const field = entity.fields.get(match);
  if (!field) return [fieldUnknown(entity, match, path)];
  const asked = fields.some((it) => it.field === match);
  return field.type.reaches === "email" && asked ? [] : [fault("form.match", { field: field.title, path })];
}

function twiceFaults(given: readonly { readonly name: string; readonly path: string }[]): readonly Fault[] {
  const names = given.map(({ name }) => name);
  return given.flatMap(({ name, path }, at) =>
    names.indexOf(name) === at ? [] : [fault("form.twice", { field: name, path })],
  );
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
  if (!isFilled(field)) return [fault("form.unfit", { field: field.title, path })];
  return valueFaults(model, entity, field, value, placeOf(document, "hidden", index, "value"));
}

const isFilled = ({ readOnly, system, type }: Field) => !readOnly && !system && !type.computed;

function valueFaults(model: Model, entity: Entity, { name }: Field, value: unknown, path: string): readonly Fault[] {
  const faults = validatorOf(model).validate(entity.name, { [name]: value }, { partial: true });
  return faults.map((it) => ({ ...it, path }));
}

/** A record that cannot be made without a field needs it on the form. */
function missingFaults(entity: Entity, names: ReadonlySet<string>, path: string): readonly Fault[] {
  const lacking = (field: Field) =>
    field.required && !field.system && !field.type.computed && field.property.default === undefined;
  return [...entity.fields.values()]
    .filter((field) => lacking(field) && !names.has(field.name))
    .map((field) => fault("form.lacks", { field: field.title, path }));
}

/** Whoever sends the form is found by her own address, can be made of what she answers, and the record can lead to her. */
function personFaults(model: Model, document: FormDocument, entity: Entity, place: Place): readonly Fault[] {
  const { person, match } = document;
  if (!person) return [];
  const of: Place = (...steps) => place("person", ...steps);
  const { reference, fields, values = {}, copied = {} } = person;
  const field = entity.fields.get(reference);
  if (!field) return [fieldUnknown(entity, reference, of("reference"))];
  const from = formPersonEntity(model, document);
  if (!from || from.system || !isFilled(field) || !mailFieldsOf(from))
    return [fault("form.person", { field: field.title, path: of("reference") })];
  const filled = (on: Entity, name: string, path: string, faults: (field: Field) => readonly Fault[]) => {
    const known = on.fields.get(name);
    if (!known) return [fieldUnknown(on, name, path)];
    return isFilled(known) ? faults(known) : [fault("form.unfit", { field: known.title, path })];
  };
  const given = [
    ...fields.map((it, index) => ({ name: it.field, path: of("fields", index, "field") })),
    ...Object.keys(values).map((name) => ({ name, path: of("values", name) })),
  ];
  return [
    ...(match === undefined ? [] : [fault("form.two_matches", { path: place("match") })]),
    ...questionFaults(from, person, of),
    ...twiceFaults(given),
    ...missingFaults(from, new Set(given.map(({ name }) => name)), of("fields")),
    ...Object.entries(values).flatMap(([name, value]) =>
      filled(from, name, of("values", name), (it) => valueFaults(model, from, it, value, of("values", name))),
    ),
    ...Object.entries(copied).flatMap(([name, source]) =>
      filled(entity, name, of("copied", name), () =>
        from.fields.has(source) ? [] : [fieldUnknown(from, source, of("copied", name))],
      ),
    ),
  ];
}
