import { addressFieldOf, isAsked, leavesIn, workflowsOf, type Entity, type Field, type Model } from "engine";
import type { PortalDocument, PortalRecords } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

/** The entities whose records are persons that a link can be mailed to. */
export const persons = (model: Model | undefined): readonly Entity[] =>
  byTitle(model).filter((entity) => !entity.system && addressFieldOf(entity) !== undefined);

/** The entities whose records a portal can show. */
export const showable = (model: Model | undefined): readonly Entity[] =>
  byTitle(model).filter(({ system, document }) => !system && document.activity === undefined);

const byTitle = (model: Model | undefined) =>
  [...(model?.entities.values() ?? [])].sort((one, other) => one.title.localeCompare(other.title));

/** The fields that can be shown outside of the house. */
export const shownFields = ({ fields }: Entity): readonly Field[] =>
  [...fields.values()].filter(
    ({ system, targets, type }) =>
      !system && type.name !== "state" && !targets.some((it) => ["user", "team", "user_team"].includes(it)),
  );

/** The fields that somebody outside can be asked for. */
export const askedFields = ({ fields }: Entity): readonly Field[] => [...fields.values()].filter(isAsked);

/** The events that people send to records of an entity, by their titles. */
export const eventsOf = (model: Model | undefined, entity: Entity) =>
  (model ? workflowsOf(model, entity) : []).flatMap(({ meta }) =>
    Object.entries(meta.events).map(([name, { title, source }]) => ({ name, title: title ?? name, source })),
  );

/** The states that can be given a public name: leaves, and those around them. */
export function statesFor(model: Model | undefined, field: Field | undefined) {
  const workflow = model?.workflows.get(String(field?.property.workflow));
  if (!model || !field || !workflow) return [];
  return leavesIn(model, field).map(({ key, state }) => ({ key, title: state.meta.title }));
}

/** The references of an entity that lead to a person who signs in. */
export const leadingTo = (entity: Entity, person: string): readonly Field[] =>
  [...entity.fields.values()].filter(({ system, targets }) => !system && targets.join() === person);

/** A new portal for the persons of an entity. It shows what is theirs. */
export function newPortal(title: string, model: Model, person: Entity, taken: readonly string[]): PortalDocument {
  const own = showable(model).find((it) => it !== person && leadingTo(it, person.name).length > 0);
  return {
    $schema: "urn:trellis:portal:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("portal"),
    title,
    person: { entity: person.name, email: addressFieldOf(person)!.name },
    records: own ? [newRecords(model, own, person)] : [],
  };
}

/**
 * Records of an entity as a portal begins with them: each person sees her own by name and state, writes about them and
 * makes new ones; what both have, her company for instance, a new one takes from her.
 */
export function newRecords(model: Model, entity: Entity, person: Entity): PortalRecords {
  const [whose] = leadingTo(entity, person.name);
  const [state] = entity.stateFields;
  const asked = askedFields(entity).filter((field) => field === entity.nameField || field.required);
  const named = entity.nameField ?? shownFields(entity)[0];
  const shared = [...entity.fields.values()].flatMap(({ name, system, targets, targetAnchors }) => {
    const same = [...person.fields.values()].find(
      (it) => !it.system && it.targets.length === 1 && it.targetAnchors.join() === targetAnchors.join(),
    );
    return !system && targets.length === 1 && targets[0] !== person.name && same ? [[name, same.name] as const] : [];
  });
  return {
    entity: entity.name,
    when: { cel: whose ? `${whose.name} == me` : "false" },
    ...(whose ? { person: whose.name } : {}),
    fields: named ? [{ field: named.name }] : [],
    ...(state
      ? {
          state: state.name,
          states: statesFor(model, state).map(({ key, title }) => ({ state: key, title })),
        }
      : {}),
    ...(whose && asked.length > 0
      ? {
          new: {
            fields: asked.map(({ name }) => ({ field: name, required: true })),
            ...(shared.length > 0 ? { copied: Object.fromEntries(shared) } : {}),
          },
        }
      : {}),
    conversation: { answer: true },
  };
}
