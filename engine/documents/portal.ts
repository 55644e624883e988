import type { PortalDocument, PortalRecords } from "schemas";
import { eventAddress } from "../address.ts";
import { at } from "../check/place.ts";
import { checkPortal } from "../check/portal.ts";
import { recordScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import type { DocumentKind, Mention, Part, Said, Steps } from "./document-kind.ts";
import { valuesGiven } from "./mailbox.ts";
import { entityName, expression, fieldName, named, stateMention } from "./mention.ts";
import { itself, rest, saidOf, whole } from "./part.ts";

/** A portal names entities and fields of theirs, states, events, and what its conditions read. */
export const portal: DocumentKind<PortalDocument> = {
  check: (document, model, known) => checkPortal(model, document, known),
  mentions: (document, model) => {
    const { entity, email, when } = document.person;
    const person = model.entities.get(entity);
    return [
      ...entityName(model, entity, ["person", "entity"]),
      ...fieldName(person, email, ["person", "email"]),
      ...(person ? expression(when, recordScope(model, entity), ["person", "when"]) : []),
      ...document.records.flatMap((records, index) => mentionsIn(model, document, records, ["records", index])),
    ];
  },
  parts: (document, model) => [
    whole(document, document.title, document.$id, "records"),
    ...document.records.map((records, index): Part => ({
      id: `/${model.entities.get(records.entity)?.anchor ?? records.entity}`,
      path: at(["records", index]),
      what: "Records",
      title: records.title ?? model.entities.get(records.entity)?.plural ?? records.entity,
      ordered: true,
      values: rest(records, "title"),
    })),
  ],
  said: (document) => [
    ...saidOf(itself, document),
    ...document.records.flatMap((records, index) => saidIn(records, ["records", index])),
  ],
};

function mentionsIn(model: Model, { person }: PortalDocument, records: PortalRecords, steps: Steps) {
  const entity = model.entities.get(records.entity);
  const { fields, states = [], events = [], conversation, new: made } = records;
  const from = model.entities.get(person.entity);
  const scope = recordScope({ ...model, me: person.entity }, records.entity);
  const event = (type: string, to: Steps): readonly Mention[] =>
    named(type, eventAddress(model, records.entity, type), to);
  return [
    ...entityName(model, records.entity, [...steps, "entity"]),
    ...(entity ? expression(records.when, scope, [...steps, "when"]) : []),
    ...fieldName(entity, records.person, [...steps, "person"], { spare: true }),
    ...fieldName(entity, records.state, [...steps, "state"], { spare: true }),
    ...fields.flatMap(({ field }, index) => fieldName(entity, field, [...steps, "fields", index, "field"])),
    ...states.flatMap(({ state }, index) =>
      stateMention(model, entity?.fields.get(records.state ?? ""), state, [...steps, "states", index, "state"]),
    ),
    ...(made?.fields ?? []).flatMap(({ field }, index) =>
      fieldName(entity, field, [...steps, "new", "fields", index, "field"]),
    ),
    ...Object.entries(made?.copied ?? {}).flatMap(([name, of]) => [
      ...named(name, entity?.fields.get(name)?.address, [...steps, "new", "copied", name], { key: true, spare: true }),
      ...fieldName(from, of, [...steps, "new", "copied", name]),
    ]),
    ...valuesGiven(model, entity, made?.values, [...steps, "new", "values"]),
    ...events.flatMap((it, index) => [
      ...event(it.event, [...steps, "events", index, "event"]),
      ...(it.fields ?? []).flatMap(({ field }, at) =>
        fieldName(entity, field, [...steps, "events", index, "fields", at, "field"]),
      ),
    ]),
    ...(conversation?.events ?? []).flatMap((type, index) => event(type, [...steps, "conversation", "events", index])),
  ];
}

/** What is said of records, of their states and events, of what is asked: each by what it is about. */
function saidIn(records: PortalRecords, steps: Steps): readonly Said[] {
  const id = `/${records.entity}`;
  const each = (
    items: readonly object[] | undefined,
    within: string,
    to: Steps,
    name: (item: any) => string,
    what: string,
  ) => (items ?? []).flatMap((it, at) => saidOf({ id: `${within}/${name(it)}`, what, steps: [...to, at] }, it));
  const field = (it: { field: string }) => it.field;
  return [
    ...saidOf({ id, what: "Records", steps }, records, ["title"]),
    ...each(records.fields, `${id}/fields`, [...steps, "fields"], field, "Field"),
    ...each(records.states, `${id}/states`, [...steps, "states"], ({ state }) => state, "State"),
    ...saidOf({ id: `${id}/new`, what: "New", steps: [...steps, "new"] }, records.new ?? {}, ["title"]),
    ...each(records.new?.fields, `${id}/new`, [...steps, "new", "fields"], field, "Field"),
    ...each(records.events, `${id}/events`, [...steps, "events"], ({ event }) => event, "Event"),
    ...(records.events ?? []).flatMap((it, at) =>
      each(it.fields, `${id}/events/${it.event}`, [...steps, "events", at, "fields"], field, "Field"),
    ),
  ];
}
