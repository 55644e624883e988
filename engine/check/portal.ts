import type { FormField, PortalDocument, PortalRecords } from "schemas";
import { accessOf } from "../access.ts";
import type { Entity, Field, Model } from "../model.ts";
import { leavesIn, portalModel, portalRole, publicState } from "../portal.ts";
import { fault, type Fault } from "../problem.ts";
import { isAsked } from "../public-form.ts";
import { validatorOf } from "../entity-schema.ts";
import { fieldUnknown } from "./entity.ts";
import { conditionFaults } from "./expressions.ts";
import type { Known } from "./field.ts";
import { placeOf } from "./place.ts";
import { entityUnknown, eventFaults, wantedBy } from "./screens.ts";

type Place = (...steps: readonly (string | number)[]) => string;

/** Whether a portal's persons can sign in, and whether what it says of records can be shown, asked for and done. */
export function checkPortal(model: Model, document: PortalDocument, known: Known): readonly Fault[] {
  const { person, records } = document;
  const place: Place = (...steps) => placeOf(document, ...steps);
  const entity = model.entities.get(person.entity);
  if (!entity) return entityUnknown(model, person.entity, place("person", "entity"), known);
  if (entity.system) return [fault("portal.system", { entity: entity.title, path: place("person", "entity") })];
  const email = entity.fields.get(person.email);
  return [
    ...(email ? [] : [fieldUnknown(entity, person.email, place("person", "email"))]),
    ...(email && email.type.reaches !== "email"
      ? [fault("portal.email", { field: email.title, path: place("person", "email") })]
      : []),
    ...conditionFaults(model, entity.name, person.when, place("person", "when")),
    ...records.flatMap((it, index) => {
      const within: Place = (...steps) => place("records", index, ...steps);
      const shown = model.entities.get(it.entity);
      if (!shown) return entityUnknown(model, it.entity, within("entity"), known);
      if (shown.system) return [fault("portal.system", { entity: shown.title, path: within("entity") })];
      const twice = records.findIndex((other) => other.entity === it.entity) < index;
      return [
        ...(twice ? [fault("portal.twice", { name: shown.title, path: within("entity") })] : []),
        ...recordsFaults(model, entity, shown, it, within),
        ...unreadFaults(model, document, it, within),
      ];
    }),
  ];
}

function recordsFaults(
  model: Model,
  person: Entity,
  entity: Entity,
  records: PortalRecords,
  place: Place,
): readonly Fault[] {
  const called = entity.fields.has("me") || entity.inverses.has("me");
  const whose = records.person === undefined ? undefined : entity.fields.get(records.person);
  return [
    ...(called ? [fault("portal.me", { entity: entity.title, path: place("entity") })] : []),
    ...conditionFaults({ ...model, me: person.name }, entity.name, records.when, place("when")),
    ...(records.person === undefined || whose ? [] : [fieldUnknown(entity, records.person, place("person"))]),
    ...(whose && whose.targets.join() !== person.name
      ? [fault("portal.person", { field: whose.title, path: place("person") })]
      : []),
    ...records.fields.flatMap(({ field }, index) => shownFaults(entity, field, place("fields", index, "field"))),
    ...twiceFaults(
      records.fields.map(({ field }) => field),
      (index) => place("fields", index, "field"),
    ),
    ...stateFaults(model, entity, records, place),
    ...newFaults(model, person, entity, records, place),
    ...eventsFaults(model, entity, records, place),
  ];
}

/** People of the house are not told of outside. */
function shownFaults(entity: Entity, name: string, path: string): readonly Fault[] {
  const field = entity.fields.get(name);
  if (!field) return [fieldUnknown(entity, name, path)];
  const ofHouse = field.targets.some((it) => it === "user" || it === "team" || it === "user_team");
  return ofHouse || field.type.name === "state" ? [fault("portal.hidden", { field: field.title, path })] : [];
}

/** What is worked out is shown where all that it is made of is. */
function unreadFaults(model: Model, document: PortalDocument, { entity, fields }: PortalRecords, place: Place) {
  const rights = accessOf(portalModel(model, document.$id), [portalRole(document)]).entity(entity);
  return fields.flatMap(({ field: name }, index) => {
    const field = rights?.entity.fields.get(name);
    const unread = field?.type.computed && rights?.readable(field).kind === "none";
    return unread ? [fault("portal.unread", { field: field.title, path: place("fields", index, "field") })] : [];
  });
}

function twiceFaults(names: readonly string[], path: (index: number) => string): readonly Fault[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) < at ? [fault("portal.twice", { name, path: path(at) })] : [],
  );
}

/** Every state in which a record can stand has a public name. */
function stateFaults(model: Model, entity: Entity, records: PortalRecords, place: Place): readonly Fault[] {
  if (records.state === undefined) return [];
  const field = entity.fields.get(records.state);
  if (!field || field.type.name !== "state") return [fieldUnknown(entity, records.state, place("state"))];
  const leaves = leavesIn(model, field);
  const keys = new Set(leaves.flatMap(({ key, within }) => [key, ...within]));
  const states = records.states ?? [];
  return [
    ...leaves
      .filter(({ key }) => publicState(model, records, key) === undefined)
      .map(({ key }) => fault("portal.state", { state: key, path: place("states") })),
    ...states.flatMap(({ state }, index) =>
      keys.has(state) || leaves.length === 0
        ? []
        : [fault("portal.state_unknown", { state, path: place("states", index, "state") })],
    ),
    ...twiceFaults(
      states.map(({ state }) => state),
      (index) => place("states", index, "state"),
    ),
  ];
}

function askedFaults(entity: Entity, fields: readonly FormField[], place: Place): readonly Fault[] {
  return [
    ...fields.flatMap(({ field: name }, index) => {
      const field = entity.fields.get(name);
      if (!field) return [fieldUnknown(entity, name, place(index, "field"))];
      return isAsked(field) ? [] : [fault("form.unfit", { field: field.title, path: place(index, "field") })];
    }),
    ...twiceFaults(
      fields.map(({ field }) => field),
      (index) => place(index, "field"),
    ),
  ];
}

function newFaults(
  model: Model,
  person: Entity,
  entity: Entity,
  { new: made, person: whose }: PortalRecords,
  place: Place,
): readonly Fault[] {
  if (!made) return [];
  const { fields, copied = {}, values = {} } = made;
  const given = new Set([...fields.map(({ field }) => field), ...Object.keys(copied), ...Object.keys(values)]);
  const lacks = ({ required, system, type, property, name }: Field) =>
    required && !system && !type.computed && property.default === undefined && name !== whose && !given.has(name);
  const settable = (name: string, path: string) => {
    const field = entity.fields.get(name);
    if (!field) return [fieldUnknown(entity, name, path)];
    return field.readOnly || field.system ? [fault("field.read_only", { field: name, path })] : [];
  };
  const valid = validatorOf(model).validate(entity.name, values, { partial: true });
  return [
    ...askedFaults(entity, fields, (...steps) => place("new", "fields", ...steps)),
    ...Object.entries(copied).flatMap(([name, from]) => [
      ...settable(name, place("new", "copied", name)),
      ...(person.fields.has(from) ? [] : [fieldUnknown(person, from, place("new", "copied", name))]),
    ]),
    ...Object.keys(values).flatMap((name) => settable(name, place("new", "values", name))),
    ...valid.map((it) => ({ ...it, path: place("new", "values") })),
    ...[...entity.fields.values()]
      .filter(lacks)
      .map((field) => fault("form.lacks", { field: field.title, path: place("new", "fields") })),
  ];
}

/** Events are there, and what their transitions want is asked for with them. */
function eventsFaults(model: Model, entity: Entity, records: PortalRecords, place: Place): readonly Fault[] {
  const { events = [], conversation } = records;
  const types = events.map(({ event }) => event);
  return [
    ...eventFaults(model, entity, types, (_, index) => place("events", index, "event")),
    ...twiceFaults(types, (index) => place("events", index, "event")),
    ...eventFaults(model, entity, conversation?.events ?? [], (_, index) => place("conversation", "events", index)),
    ...events.flatMap(({ event, fields = [] }, index) => [
      ...askedFaults(entity, fields, (...steps) => place("events", index, "fields", ...steps)),
      ...wantedBy(model, entity, event)
        .filter((name) => !fields.some(({ field }) => field === name))
        .map((name) =>
          fault("portal.event_asks", {
            ...{ event, field: entity.fields.get(name)?.title ?? name, path: place("events", index, "fields") },
          }),
        ),
    ]),
  ];
}
