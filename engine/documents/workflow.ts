import type { Action, Invocation, WorkflowDocument } from "schemas";
import { placeOf } from "../check/place.ts";
import { checkWorkflow } from "../workflow/check.ts";
import { addressOfEvent, eventAddress } from "../address.ts";
import { namesIn } from "../expression/check.ts";
import { recordScope, workflowScope, type Scope } from "../expression/scope.ts";
import type { Entity, Model } from "../model.ts";
import { invocationOf } from "../invocations/index.ts";
import { resolveAction } from "../workflow/params.ts";
import { paramNames, type ParamName } from "../workflow/param-names.ts";
import { movesOf, placesOf, targetOf, type Move, type Place } from "../workflow/places.ts";
import type { DocumentKind, Mention, Part, Steps } from "./document-kind.ts";
import { chosen, entityName, expression, expressionsIn, fieldName, named } from "./mention.ts";
import { itself, rest, saidOf, whole } from "./part.ts";

/** A workflow names its entity and fields of it, its own states and events, and what guards, waits and actions read and write. */
export const workflow: DocumentKind<WorkflowDocument> = {
  check: (document, model, known) =>
    model.entities.has(document.meta.entity) || !known("entity", document.meta.entity)
      ? checkWorkflow(document, model).map((it) => ({ ...it, path: placeOf(document) + it.path }))
      : [],
  mentions: (document, model) => {
    // The model may know more names of the states than the document gives them.
    const places = placesOf(model.workflows.get(document.id) ?? document);
    const known = new Map(places.map((place) => [place.path, place]));
    const standing = placesOf(document).map((place) => known.get(place.path) ?? place);
    const moves = movesOf(document, places).filter(({ from }) => !from || standing.includes(from));
    const own: Reading = {
      model,
      document,
      entity: model.entities.get(document.meta.entity),
      scope: workflowScope(model, document),
      state: (place) => (place ? `${document.meta.id}#${place.node.meta.id}` : undefined),
      places,
    };
    return [
      ...entityName(model, document.meta.entity, ["meta", "entity"]),
      ...eventMentions(own),
      ...delayMentions(own),
      ...startMentions(own, undefined, document.initial, []),
      ...standing.flatMap((place) => stateMentions(own, place)),
      ...moves.flatMap((move) => moveMentions(own, move)),
    ];
  },
  parts: (document) => {
    const moves = movesOf(document);
    return [
      whole(document, document.meta.title, document.id, "id", "states", "on", "meta"),
      { ...wholeMeta(document) },
      ...Object.entries(document.meta.events).map(([type, event]): Part => ({
        id: `!${type}`,
        path: `/meta/events/${type}`,
        what: "Event",
        title: event.title,
        name: type,
        values: rest(event),
      })),
      ...Object.entries(document.meta.delays ?? {}).map(([name, delay]): Part => ({
        id: `after ${name}`,
        path: `/meta/delays/${name}`,
        what: "Wait",
        title: delay.title ?? name,
        name,
        values: rest(delay),
      })),
      ...placesOf(document).map(({ key, node, parent, path }): Part => ({
        id: `#${node.meta.id}`,
        path,
        what: "State",
        title: node.meta.title,
        name: key,
        ...(parent ? { within: `#${parent.node.meta.id}` } : {}),
        ordered: true,
        values: {
          ...rest(node, "states", "on", "always", "after", "onDone", "invoke", "meta"),
          ...(node.invoke ? { invoke: rest(node.invoke, "onDone", "onError") } : {}),
          ...rest(node.meta, "id", "canvas"),
        },
      })),
      ...moves.map((move): Part => movePart(move)),
    ];
  },
  said: (document) => [
    ...saidOf(itself, document, ["description"]),
    ...saidOf({ ...itself, steps: ["meta"] }, document.meta, ["title"]),
    ...Object.entries(document.meta.events).flatMap(([type, event]) =>
      saidOf({ id: `!${type}`, what: "Event", steps: ["meta", "events", type] }, event),
    ),
    ...Object.entries(document.meta.delays ?? {}).flatMap(([name, delay]) =>
      saidOf({ id: `/${name}`, what: "Wait", steps: ["meta", "delays", name] }, delay),
    ),
    ...placesOf(document).flatMap(({ node, path }) =>
      saidOf({ id: `#${node.meta.id}`, what: "State", steps: [...stepsOf(path), "meta"] }, node.meta),
    ),
    ...movesOf(document).flatMap(({ transition: { meta }, path }) =>
      saidOf({ id: `#${meta.id}`, what: "Transition", steps: [...stepsOf(path), "meta"] }, meta, ["title", "refused"]),
    ),
  ],
};

interface Reading {
  readonly model: Model;
  readonly document: WorkflowDocument;
  readonly entity: Entity | undefined;
  readonly scope: Scope;
  readonly places: readonly Place[];
  readonly state: (place: Place | undefined) => string | undefined;
}

/** The steps of a JSON Pointer in a workflow: names begin with letters, entries of arrays are numbers. */
const stepsOf = (path: string): Steps =>
  path
    .split("/")
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));

function eventMentions({ model, document, entity, scope }: Reading): readonly Mention[] {
  const { events, goal, exit, enrol, quiet_hours, send_window } = document.meta;
  const event = (type: string | undefined, steps: Steps) =>
    type !== undefined && Object.hasOwn(events, type) ? named(type, addressOfEvent(document, type), steps) : [];
  return [
    ...Object.entries(events).flatMap(([type, { right, when, correlation }]) => [
      ...event(right, ["meta", "events", type, "right"]),
      ...expression(when, scope, ["meta", "events", type, "when"]),
      ...expression(correlation, scope, ["meta", "events", type, "correlation"]),
    ]),
    ...event(goal?.event, ["meta", "goal", "event"]),
    ...expression(goal?.when, scope, ["meta", "goal", "when"]),
    ...expression(exit?.when, scope, ["meta", "exit", "when"]),
    ...(exit?.events ?? []).flatMap((it, at) => [
      ...event(it.event, ["meta", "exit", "events", at, "event"]),
      ...expression(it.when, scope, ["meta", "exit", "events", at, "when"]),
    ]),
    ...event(enrol?.event, ["meta", "enrol", "event"]),
    ...named(
      enrol?.segment ?? "",
      enrol?.segment === undefined ? undefined : model.segments.get(enrol.segment)?.$anchor,
      ["meta", "enrol", "segment"],
    ),
    ...fieldName(entity, enrol?.field, ["meta", "enrol", "field"]),
    ...expression(enrol?.when, scope, ["meta", "enrol", "when"]),
    ...expression(quiet_hours?.zone, scope, ["meta", "quiet_hours", "zone"]),
    ...expression(send_window?.zone, scope, ["meta", "send_window", "zone"]),
    ...calendarName(model, send_window?.calendar, ["meta", "send_window", "calendar"]),
    ...expressionsIn(document.output, scope, ["output"]),
  ];
}

function delayMentions({ model, document, entity, scope }: Reading): readonly Mention[] {
  return Object.entries(document.meta.delays ?? {}).flatMap(([name, { at, until, budget, window, calendar }]) => [
    ...expression(window?.zone, scope, ["meta", "delays", name, "window", "zone"]),
    ...expression(at, scope, ["meta", "delays", name, "at"]),
    ...expression(budget, scope, ["meta", "delays", name, "budget"]),
    ...fieldName(entity, until, ["meta", "delays", name, "until"]),
    ...calendarName(model, calendar, ["meta", "delays", name, "calendar"]),
    ...calendarName(model, window?.calendar, ["meta", "delays", name, "window", "calendar"]),
  ]);
}

const calendarName = (model: Model, calendar = "", steps: Steps): readonly Mention[] =>
  named(calendar, model.calendars.get(calendar)?.$anchor, steps);

/** The state below a holder in which one begins. */
function startMentions(
  { places, state }: Reading,
  holder: Place | undefined,
  initial: string | undefined,
  steps: Steps,
) {
  const first = places.find(({ key, parent }) => key === initial && parent === holder);
  return named(initial ?? "", state(first), [...steps, "initial"]);
}

function stateMentions(own: Reading, place: Place): readonly Mention[] {
  const { node, path } = place;
  const steps = stepsOf(path);
  return [
    ...startMentions(own, place, node.initial, steps),
    ...targetMentions(own, node.target, place, [...steps, "target"]),
    ...(node.meta.requires ?? []).flatMap((name, index) =>
      fieldName(own.entity, name, [...steps, "meta", "requires", index], { spare: true }),
    ),
    ...actionMentions(own, node.entry, [...steps, "entry"]),
    ...actionMentions(own, node.exit, [...steps, "exit"]),
    ...expressionsIn(node.output, own.scope, [...steps, "output"]),
    ...invokeMentions(own, node.invoke, [...steps, "invoke"]),
  ];
}

/** What is invoked names its process behind the colon. */
function invokeMentions({ model, scope }: Reading, invoke: Invocation | undefined, steps: Steps): readonly Mention[] {
  if (!invoke) return [];
  const { workflow } = invocationOf(invoke.src);
  const found = workflow === undefined ? undefined : model.workflows.get(workflow);
  const place = { start: invoke.src.indexOf(":") + 1, end: invoke.src.length };
  return [
    ...(found ? [{ steps: [...steps, "src"], ...place, address: found.meta.id }] : []),
    ...expressionsIn(invoke.input, scope, [...steps, "input"]),
  ];
}

function moveMentions(own: Reading, { transition, event, from, path }: Move): readonly Mention[] {
  const steps = stepsOf(path);
  const { guard, target, meta, actions } = transition;
  const declared = event !== undefined && Object.hasOwn(own.document.meta.events, event);
  return [
    ...(declared && steps.at(-1) === 0
      ? named(event, addressOfEvent(own.document, event), steps.slice(0, -1), { key: true })
      : []),
    ...targetMentions(own, target, from, [...steps, "target"]),
    ...expression(guard?.type === "expr" ? guard.params : undefined, own.scope, [...steps, "guard", "params"]),
    ...actionMentions(own, actions, [...steps, "actions"]),
    ...(meta.form ?? []).flatMap(({ field }, index) =>
      fieldName(own.entity, field, [...steps, "meta", "form", index, "field"]),
    ),
  ];
}

/** `name` stands beside, `.name` below, `#id` anywhere; every further name is that of a state further down. */
function targetMentions({ places, state }: Reading, target: string | undefined, from: Place | undefined, steps: Steps) {
  if (target === undefined) return [];
  const names = target.replace(/^[.#]/, "").split(".");
  let start = target.length - names.join(".").length;
  return names.flatMap((name, index): readonly Mention[] => {
    const place = { start, end: start + name.length };
    start = place.end + 1;
    if (index === 0 && target.startsWith("#")) return [];
    const found = targetOf(target.slice(0, place.end), from, places);
    const address = state(found);
    return found && address !== undefined ? [{ steps, ...place, address }] : [];
  });
}

function actionMentions(own: Reading, actions: readonly Action[] | undefined, steps: Steps): readonly Mention[] {
  return (actions ?? []).flatMap((action, index) => {
    const { type, params: whole } = resolveAction(own.model, action) ?? {};
    const params = action.params ?? {};
    const at = [...steps, index, "params"];
    const other = own.model.entities.get(String(whole?.entity ?? ""));
    const about = { model: own.model, own: own.entity, target: other ?? own.entity };
    return [
      ...expressionsIn(params, own.scope, at),
      ...(type ? paramNames(type.params, params, about) : []).flatMap((it) => paramMention(own, it, params, at)),
    ];
  });
}

function paramMention({ model, document }: Reading, it: ParamName, params: unknown, at: Steps): readonly Mention[] {
  const { what, name, of, kind } = it;
  const steps = [...at, ...it.steps];
  if (what === "entity") return entityName(model, name, steps);
  if (what === "field") return fieldName(of, name, steps);
  if (what === "event")
    return named(name, Object.hasOwn(document.meta.events, name) ? addressOfEvent(document, name) : undefined, steps);
  if (what === "sent") return of ? named(name, eventAddress(model, of.name, name), steps) : [];
  if (what === "condition")
    return of ? namesIn(name, recordScope(model, of.name)).map((found): Mention => ({ ...found, steps })) : [];
  if (what === "document") return named(name, documentAnchor(model, kind, name), steps);
  const field = of?.fields.get(name);
  const given = it.steps.reduce<any>((stand, step) => stand?.[step], params);
  return [...named(name, field?.address, steps, { key: true }), ...chosen(model, field, given, steps)];
}

function documentAnchor(model: Model, kind: string | undefined, name: string): string | undefined {
  if (kind === "connection") return model.connections.get(name)?.$anchor;
  if (kind === "message") return model.messages.get(name)?.$anchor;
  if (kind === "survey") return model.surveys.get(name)?.$anchor;
  if (kind === "workflow") return model.workflows.get(name)?.meta.id;
  if (kind === "calendar") return model.calendars.get(name)?.$anchor;
  return kind === "role" ? model.roles.get(name)?.$anchor : undefined;
}

function wholeMeta({ meta }: WorkflowDocument): Part {
  return { id: "meta", path: "/meta", what: "", title: meta.title, values: rest(meta, "id", "events", "delays") };
}

function movePart({ transition, from, event, delay, done, invoked, path }: Move): Part {
  const alone = invoked ? `on ${invoked} of ${from?.node.invoke?.id ?? ""}` : done ? "when done" : "by itself";
  const trigger = event ?? (delay === undefined ? alone : `after ${delay}`);
  return {
    id: `#${transition.meta.id}`,
    path,
    what: "Transition",
    title: transition.meta.title ?? trigger,
    ...(from ? { within: `#${from.node.meta.id}` } : {}),
    values: { trigger, ...rest(transition, "meta"), ...rest(transition.meta, "id") },
  };
}
