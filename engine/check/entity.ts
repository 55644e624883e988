import type { EntityDocument, WorkflowDocument } from "schemas";
import type { Entity, Field, Model } from "../model.ts";
import { keepsLanguage } from "../person.ts";
import { fault, type Fault } from "../problem.ts";
import { systemEntities, systemFields } from "../system-entities.ts";
import { regionsOf } from "../workflow/states.ts";
import { checkField, type Known } from "./field.ts";
import { near, placeOf } from "./place.ts";

const fieldsMax = 500;

/** Names that mean something to JavaScript wherever a record is an object. */
const reserved = new Set(["constructor", ...Object.keys(systemFields)]);

/** Everything about one entity that can be said without expressions. */
export function checkEntity(model: Model, document: EntityDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.$id);
  if (!entity) return [];
  return [
    ...(document.$id === "constructor"
      ? [fault("name.reserved", { name: document.$id, path: placeOf(document, "$id") })]
      : []),
    ...checkWidth(document),
    ...checkNames(document, entity),
    ...Object.keys(document.properties).flatMap((name) => checkField(model, document, name, known)),
    ...checkState(model, document, entity, known),
    ...checkMentions(document, entity),
    ...checkActivity(document, entity),
    ...checkPerson(document, entity),
    ...checkLists(model, document, entity),
  ];
}

function checkWidth(document: EntityDocument): readonly Fault[] {
  const fields = Object.keys(document.properties).length;
  return fields > fieldsMax ? [fault("entity.too_wide", { fields, path: placeOf(document, "properties") })] : [];
}

/** A person is known by an address that mails go to, and written to in a language that may be kept. */
function checkPerson({ person, ...document }: EntityDocument, entity: Entity): readonly Fault[] {
  if (person === undefined) return [];
  const place = (key: string) => placeOf(document as EntityDocument, "person", key);
  const told = (field: string, key: string) => ({ field, path: place(key), ...near(field, entity.fields.keys()) });
  const { address, language } = person;
  const isAddress = entity.fields.get(address)?.type.reaches === "email";
  return [
    ...(isAddress ? [] : [fault("entity.person", told(address, "address"))]),
    ...(language === undefined || keepsLanguage(entity.fields.get(language))
      ? []
      : [fault("entity.language", told(language, "language"))]),
  ];
}

/** Names of the system, and columns that two fields would share, `<money>_currency` for instance. */
function checkNames(document: EntityDocument, entity: Entity): readonly Fault[] {
  const base = systemEntities.find(({ $id }) => $id === document.$id)?.properties ?? {};
  const owners = new Map<string, string>();
  for (const field of entity.fields.values())
    for (const column of Object.keys(field.columns)) if (column !== field.name) owners.set(column, field.name);
  return Object.keys(document.properties).flatMap((name) => {
    const taken = reserved.has(name) || Object.hasOwn(base, name) || (owners.has(name) && owners.get(name) !== name);
    return taken ? [fault("name.reserved", { name, path: placeOf(document, "properties", name) })] : [];
  });
}

function checkState(model: Model, document: EntityDocument, entity: Entity, known: Known): readonly Fault[] {
  const own = entity.stateFields.filter((field) => Object.hasOwn(document.properties, field.name));
  return own.flatMap((field, index): readonly Fault[] => {
    const name = String(field.property.workflow);
    const workflow = model.workflows.get(name);
    const path = placeOf(document, "properties", field.name, "workflow");
    if (!workflow)
      return known("workflow", name)
        ? []
        : [fault("workflow.unknown", { name, path, ...near(name, model.workflows.keys()) })];
    if (workflow.meta.entity !== entity.name)
      return [fault("workflow.foreign", { workflow: name, entity: workflow.meta.entity, path })];
    const { region } = field.property;
    if (typeof region === "string" && !sideRegions(workflow).includes(region))
      return [
        fault("state.region", {
          region,
          workflow: name,
          path: placeOf(document, "properties", field.name, "region"),
          ...near(region, sideRegions(workflow)),
        }),
      ];
    const before = own.slice(0, index).map(({ property }) => property);
    const second = before.some((it) => it.workflow !== name || it.region === region);
    return second ? [fault("state.second", { field: field.name, path })] : [];
  });
}

/** The regions of a workflow that need a state field of their own. */
const sideRegions = (workflow: WorkflowDocument) =>
  regionsOf(workflow).flatMap(({ key, state }) => (state.meta.main === true ? [] : [key]));

/** The fields that the document names outside its properties. */
function checkMentions(document: EntityDocument, entity: Entity): readonly Fault[] {
  const unknown = (name: string, path: string): readonly Fault[] =>
    entity.fields.has(name) || Object.hasOwn(document.properties, name) ? [] : [fieldUnknown(entity, name, path)];
  return [
    ...(document.name_field === undefined ? [] : unknown(document.name_field, placeOf(document, "name_field"))),
    ...(document.required ?? []).flatMap((name, index) => unknown(name, placeOf(document, "required", index))),
    ...(document.unique ?? []).flatMap((names, index) =>
      names.flatMap((name, inner) => [
        ...unknown(name, placeOf(document, "unique", index, inner)),
        ...unfit(entity.fields.get(name), placeOf(document, "unique", index, inner)),
      ]),
    ),
  ];
}

const unfit = (field: Field | undefined, path: string): readonly Fault[] =>
  field && (field.type.neverUnique || Object.keys(field.columns).length === 0)
    ? field.type.name === "boolean"
      ? []
      : [fault("unique.unfit", { type: field.type.name, path })]
    : [];

function checkActivity(document: EntityDocument, entity: Entity): readonly Fault[] {
  const { activity } = document;
  if (!activity) return [];
  const about = entity.fields.get(activity.about);
  const when = activity.at === undefined ? undefined : entity.fields.get(activity.at);
  const moment = when && ["date", "moment"].includes(when.type.type(when.property).kind);
  return [
    ...(!about
      ? [fieldUnknown(entity, activity.about, placeOf(document, "activity", "about"))]
      : about.targets.length === 0
        ? [fault("activity.about", { field: about.name, path: placeOf(document, "activity", "about") })]
        : []),
    ...(activity.at === undefined || moment
      ? []
      : when
        ? [fault("activity.at", { field: activity.at, path: placeOf(document, "activity", "at") })]
        : [fieldUnknown(entity, activity.at, placeOf(document, "activity", "at"))]),
  ];
}

/** Lists stand among the fields of their entity, so no two share a name. */
function checkLists(model: Model, document: EntityDocument, entity: Entity): readonly Fault[] {
  const own = [...entity.fields.values()].filter(({ name }) => Object.hasOwn(document.properties, name));
  return own.flatMap((reference) => {
    const list = reference.property.inverse;
    if (typeof list !== "string") return [];
    return reference.targets.flatMap((on) => {
      const target = model.entities.get(on);
      const other = target?.inverses.get(list)?.reference;
      const taken = target?.fields.has(list) || (other !== undefined && other.address !== reference.address);
      return taken
        ? [
            fault("inverse.taken", {
              list,
              entity: on,
              path: placeOf(document, "properties", reference.name, "inverse"),
            }),
          ]
        : [];
    });
  });
}

/** The fault of naming a field that is not there. */
export function fieldUnknown(entity: Entity, field: string, path: string): Fault {
  return fault("document.field_unknown", {
    entity: entity.name,
    field: field.slice(0, 80),
    path,
    ...near(field, entity.fields.keys()),
  });
}
