import type { TestDocument } from "schemas";
import { recordsOf } from "../documents/test.ts";
import type { Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { fieldUnknown } from "./entity.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";
import { entityUnknown } from "./screens.ts";

/** Whether a test speaks of what is there: roles, entities, fields, and records by the names that it gave them. */
export function checkTest(model: Model, document: TestDocument, known: Known): readonly Fault[] {
  const records = recordsOf(document);
  const { as, given = {}, when = [], then } = document;
  const place = (...steps: (string | number)[]) => placeOf(document, ...steps);
  const unknownRole =
    as === undefined || model.roles.has(as)
      ? []
      : [fault("role.unknown", { role: as, path: place("as"), ...near(as, model.roles.keys()) })];
  const ofEntity = (entity: string | undefined, values: object | undefined, ...steps: (string | number)[]) => {
    if (entity === undefined) return [];
    const found = model.entities.get(entity);
    if (!found) return entityUnknown(model, entity, place(...steps), known);
    return Object.keys(values ?? {}).flatMap((name) =>
      found.fields.has(name) ? [] : [fieldUnknown(found, name, place(...steps, "values", name))],
    );
  };
  const named = (name: string | undefined, ...steps: (string | number)[]) =>
    name === undefined || records.has(name)
      ? []
      : [fault("test.record_unknown", { name, path: place(...steps), ...near(name, records.keys()) })];
  const wrong = (wanted: string, ...steps: (string | number)[]) =>
    fault("document.malformed", { wanted, path: place(...steps) });
  return [
    ...unknownRole,
    ...when.flatMap(({ create, entity, update, send, to, wait }, at) => {
      const acts = [
        create !== undefined && entity !== undefined,
        update !== undefined,
        send !== undefined && to !== undefined,
        wait !== undefined,
      ];
      return acts.filter(Boolean).length === 1
        ? []
        : [wrong("wants one of: create and entity; update; send and to; wait", "when", at)];
    }),
    ...then.flatMap(({ record, entity, count, refused }, at) => {
      const told = [record !== undefined, entity !== undefined && count !== undefined, refused !== undefined];
      return told.filter(Boolean).length === 1
        ? []
        : [wrong("wants one of: record; entity and count; refused", "then", at)];
    }),
    ...Object.entries(given).flatMap(([name, it]) => ofEntity(it.entity, it.values, "given", name)),
    ...when.flatMap(({ entity, update, to, values }, at) => [
      ...named(update, "when", at, "update"),
      ...named(to, "when", at, "to"),
      ...ofEntity(entity ?? records.get(update ?? to ?? ""), values, "when", at),
    ]),
    ...then.flatMap(({ record, entity, values }, at) => [
      ...named(record, "then", at, "record"),
      ...ofEntity(entity ?? records.get(record ?? ""), values, "then", at),
    ]),
  ];
}
