import type { LayoutDocument, RoleDocument, ViewDocument } from "schemas";
import type { Entity, Field, Model } from "../model.ts";
import { fault, type Fault } from "../problem.ts";
import { fieldUnknown } from "./entity.ts";
import { colourKey } from "../query.ts";
import { workflowsOf } from "../workflow/of-entity.ts";
import { statesOf } from "../workflow/states.ts";
import type { Known } from "./field.ts";
import { near, placeOf } from "./place.ts";

/** What a view names: its entity, and fields or paths of it. */
export function checkView(model: Model, document: ViewDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const coloured = (part: string) => document.colours !== undefined && part.replace(/^-/, "") === colourKey;
  const sorted = (document.sort ?? "").split(",").filter((part) => part !== "" && !coloured(part));
  return [
    ...(document.columns ?? []).flatMap((path, index) =>
      pathFaults(model, entity, path, placeOf(document, "columns", index)),
    ),
    ...sorted.flatMap((part) => pathFaults(model, entity, part.replace(/^-/, ""), placeOf(document, "sort"))),
    ...(["group", "measure", "date"] as const).flatMap((key) => {
      const path = document[key];
      return path === undefined ? [] : pathFaults(model, entity, path, placeOf(document, key));
    }),
    ...dateFaults(entity, document),
  ];
}

/** A calendar places records by a date or a moment of their own. */
function dateFaults(entity: Entity, document: ViewDocument): readonly Fault[] {
  const { type, date } = document;
  const wanted = "names a field of dates or moments";
  if (date === undefined)
    return type === "calendar" ? [fault("document.malformed", { wanted, path: placeOf(document, "date") })] : [];
  const field = entity.fields.get(date);
  return !field || isDate(field) ? [] : [fault("document.malformed", { wanted, path: placeOf(document, "date") })];
}

const isDate = ({ type, property }: Field) => ["date", "moment"].includes(type.type(property).kind);

/** What a layout names: its entity, fields, lists and the fields of what stands in the lists. */
export function checkLayout(model: Model, document: LayoutDocument, known: Known): readonly Fault[] {
  const entity = model.entities.get(document.entity);
  if (!entity) return entityUnknown(model, document.entity, placeOf(document, "entity"), known);
  const fields = (names: readonly string[] | undefined, ...steps: readonly (string | number)[]) =>
    (names ?? []).flatMap((name, index) => pathFaults(model, entity, name, placeOf(document, ...steps, index)));
  return [
    ...fields(document.facts, "facts"),
    ...(document.sections ?? []).flatMap((section, index) => fields(section.fields, "sections", index, "fields")),
    ...fields(document.quick_create, "quick_create"),
    ...(document.timeline ?? []).flatMap(({ list }, index) =>
      entity.inverses.has(list) ? [] : [listUnknown(entity, list, placeOf(document, "timeline", index, "list"))],
    ),
    ...(document.related ?? []).flatMap((related, index) => {
      const inverse = entity.inverses.get(related.list);
      if (!inverse) return [listUnknown(entity, related.list, placeOf(document, "related", index, "list"))];
      const child = model.entities.get(inverse.entity);
      return child
        ? (related.columns ?? []).flatMap((column, inner) =>
            pathFaults(model, child, column, placeOf(document, "related", index, "columns", inner)),
          )
        : [];
    }),
  ];
}

const listUnknown = (entity: Entity, list: string, path: string): Fault =>
  fault("document.list_unknown", { entity: entity.name, list, path, ...near(list, entity.inverses.keys()) });

/** What a role names: entities, their fields, and the events of their workflows. */
export function checkRole(model: Model, document: RoleDocument, known: Known): readonly Fault[] {
  return Object.entries(document.entities).flatMap(([name, rights]) => {
    const entity = model.entities.get(name);
    if (!entity) return entityUnknown(model, name, placeOf(document, "entities", name), known);
    return [
      ...Object.keys(rights.fields ?? {}).flatMap((field) =>
        entity.fields.has(field)
          ? []
          : [fieldUnknown(entity, field, placeOf(document, "entities", name, "fields", field))],
      ),
      ...eventFaults(model, entity, Object.keys(rights.events ?? {}), (event) =>
        placeOf(document, "entities", name, "events", event),
      ),
    ];
  });
}

/** Event types that nobody declares for an entity, where its workflows can be read; `more` are known besides. */
export function eventFaults(
  model: Model,
  entity: Entity,
  types: readonly string[],
  placeOfEvent: (event: string, index: number) => string,
  more: readonly string[] = [],
): readonly Fault[] {
  const events = eventsOf(model, entity);
  if (events === undefined) return [];
  const known = [...more, ...events];
  return types.flatMap((event, index) => {
    if (known.includes(event)) return [];
    const at = { entity: entity.name, event: event.slice(0, 80), path: placeOfEvent(event, index) };
    return [fault("document.event_unknown", { ...at, ...near(event, known) })];
  });
}

/** The fields that transitions by an event want to be filled in. */
export function wantedBy(model: Model, entity: Entity, event: string): readonly string[] {
  const transitions = workflowsOf(model, entity).flatMap((workflow) =>
    statesOf(workflow).flatMap(({ state }) => state.on?.[event] ?? []),
  );
  const forms = transitions.flatMap(({ meta }) => meta.form ?? []);
  return [...new Set(forms.flatMap(({ field, required }) => (required ? [field] : [])))];
}

/** The events that workflows of an entity declare; unknown where a workflow cannot be read. */
function eventsOf(model: Model, entity: Entity): readonly string[] | undefined {
  const workflows = entity.stateFields.map(({ property }) => model.workflows.get(String(property.workflow)));
  if (workflows.includes(undefined)) return undefined;
  const others = [...model.workflows.values()].filter(
    ({ meta }) => meta?.entity === entity.name && meta.kind !== "pipeline",
  );
  return [...new Set([...workflows, ...others])].flatMap((workflow) => Object.keys(workflow?.meta.events ?? {}));
}

/** A path over references, `company.industry` for instance: every step but the last points at records. */
function pathFaults(model: Model, from: Entity, path: string, place: string): readonly Fault[] {
  const steps = path.split(".");
  let stand: readonly Entity[] = [from];
  for (const [index, step] of steps.entries()) {
    const lacking = stand.find((entity) => !entity.fields.has(step));
    if (lacking || stand.length === 0) return [fieldUnknown(lacking ?? from, step, place)];
    if (index === steps.length - 1) return [];
    stand = stand
      .flatMap((entity) => entity.fields.get(step)?.targets ?? [])
      .flatMap((name) => model.entities.get(name) ?? []);
  }
  return [];
}

/** An entity that is not there, unless its document is known to be faulty itself. */
export function entityUnknown(model: Model, entity: string, path: string, known: Known): readonly Fault[] {
  return known("entity", entity)
    ? []
    : [fault("document.entity_unknown", { entity, path, ...near(entity, model.entities.keys()) })];
}
