import type { ConnectionDocument, IntakeDocument } from "schemas";
import { noProofs, recordEvents } from "../connection.ts";
import type { Entity, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { correlates } from "../workflow/correlation.ts";
import { fieldUnknown } from "./entity.ts";
import type { Known } from "./field.ts";
import { placeOf } from "./place.ts";
import { entityUnknown, eventFaults } from "./screens.ts";

/** What a connection names: an address, entities, and their events. */
export function checkConnection(model: Model, document: ConnectionDocument, known: Known): readonly Fault[] {
  const { channel } = document;
  return [
    ...(URL.canParse(document.url) && (channel === "smtp") === /^smtps?:/.test(document.url)
      ? []
      : [fault("connection.url", { path: placeOf(document, "url") })]),
    ...(channel === "smtp" && document.from === undefined
      ? [fault("connection.sender", { path: placeOf(document, "from") })]
      : []),
    ...(document.header !== undefined && noProofs.has(document.header.toLowerCase())
      ? [fault("connection.header", { header: document.header, path: placeOf(document, "header") })]
      : []),
    ...(channel !== "webhook" && Object.keys(document.entities).length > 0
      ? [fault("connection.called", { path: placeOf(document, "entities") })]
      : []),
    ...Object.entries(document.entities).flatMap(([name, { events = [] }]) => {
      const entity = model.entities.get(name);
      if (!entity) return entityUnknown(model, name, placeOf(document, "entities", name), known);
      const place = (_: string, index: number) => placeOf(document, "entities", name, "events", index);
      return eventFaults(model, entity, events, place, recordEvents);
    }),
  ];
}

/** What an intake names: an entity, fields that can be filled, the field that finds a record, and an event. */
export function checkIntake(model: Model, document: IntakeDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const { does, event } = document;
  const eventPlace = placeOf(document, "event");
  return [
    ...Object.keys(document.values).flatMap((name) => {
      const field = entity.fields.get(name);
      const path = placeOf(document, "values", name);
      if (!field) return [fieldUnknown(entity, name, path)];
      return field.readOnly ? [fault("field.read_only", { field: name, path })] : [];
    }),
    ...matchFaults(model, document, entity),
    ...((does === "event") === (event !== undefined) ? [] : [fault("intake.event", { path: eventPlace })]),
    ...(event === undefined ? [] : eventFaults(model, entity, [event], () => eventPlace)),
  ];
}

/** What finds a record holds a value of its own in each, and comes with what is posted. */
function matchFaults(model: Model, document: IntakeDocument, entity: Entity): readonly Fault[] {
  const { match, does, values, key } = document;
  const path = placeOf(document, "match");
  if (key !== undefined) return keyFaults(model, document, entity);
  if (match === undefined) return does === "create" ? [] : [fault("intake.match_needed", { path })];
  const field = entity.fields.get(match);
  if (!field) return [fieldUnknown(entity, match, path)];
  const unique = field.property.unique === true && field.type.type(field.property).kind === "text";
  if (!unique || values[match]?.from === undefined) return [fault("intake.match", { field: match, path })];
  return [];
}

/** A key finds runs: those that wait for the event from outside. There is no record whose values it could bring. */
function keyFaults(model: Model, document: IntakeDocument, entity: Entity): readonly Fault[] {
  const { event = "", does, match, values } = document;
  const told = fault("intake.key", { event, path: placeOf(document, "key") });
  const alone = does === "event" && match === undefined && Object.keys(values).length === 0;
  return alone && correlates(model, entity, event)?.source === "integration" ? [] : [told];
}
