import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { ActionType } from "../actions/action-type.ts";
import { newAjv, wanted } from "../ajv.ts";
import { checkExpression } from "../expression/check.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { isExpression } from "../values.ts";
import { transitionsOf } from "./order.ts";
import { resolveAction } from "./params.ts";

/** A state where it stands: its key, what holds it, its JSON Pointer. */
interface Place {
  readonly key: string;
  readonly node: StateNode;
  readonly parent: Place | undefined;
  readonly path: string;
}

interface Move {
  readonly from: Place | undefined;
  readonly transition: Transition;
  readonly event: string | undefined;
  readonly path: string;
  readonly target: Place | undefined;
}

/**
 * All that is wrong with a workflow whose shape is right: names that lead nowhere, states that nothing reaches or
 * leaves, loops without an event, guards and actions that cannot be. Paths are JSON Pointers into the document.
 */
export function checkWorkflow(document: WorkflowDocument, model: Model): readonly Fault[] {
  const places = placesIn(document.states, undefined, "");
  const moves = movesOf(document, places);
  return [
    ...initials(document, places),
    ...doubled(places, moves),
    ...targets(moves),
    ...reach(document, places, moves),
    ...loops(moves),
    ...events(document, model, moves),
    ...shadowed(moves),
    ...expressions(document, model, moves),
    ...actionFaults(document, model, places, moves),
    ...fields(document, model, places, moves),
  ];
}

function placesIn(states: WorkflowDocument["states"], parent: Place | undefined, path: string): readonly Place[] {
  return Object.entries(states).flatMap(([key, node]) => {
    const place = { key, node, parent, path: `${path}/states/${key}` };
    return [place, ...(node.states ? placesIn(node.states, place, place.path) : [])];
  });
}

function movesOf(document: WorkflowDocument, places: readonly Place[]): readonly Move[] {
  const of = (from: Place | undefined, event: string | undefined, them: readonly Transition[], path: string) =>
    them.map((transition, at) => ({
      from,
      transition,
      event,
      path: `${path}/${at}`,
      target: targetOf(transition.target, from, places),
    }));
  const onEvents = (from: Place | undefined, on: WorkflowDocument["on"], path: string) =>
    transitionsOf(on).flatMap(([event, them]) => of(from, event, them, `${path}/on/${event}`));
  return [
    ...onEvents(undefined, document.on, ""),
    ...places.flatMap((place) => [
      ...onEvents(place, place.node.on, place.path),
      ...of(place, undefined, (place.node.always ?? []) as Transition[], `${place.path}/always`),
    ]),
  ];
}

/** `name` stands beside, `.name` below, `#id` anywhere; further names go down from there. */
function targetOf(target: string | undefined, from: Place | undefined, places: readonly Place[]): Place | undefined {
  if (target === undefined) return from;
  const [first = "", ...rest] = target.replace(/^[.#]/, "").split(".");
  const start = target.startsWith("#")
    ? places.find(({ node }) => node.meta.id === first)
    : places.find(({ key, parent }) => key === first && parent === (target.startsWith(".") ? from : from?.parent));
  return rest.reduce<Place | undefined>((at, key) => places.find((it) => it.parent === at && it.key === key), start);
}

function initials(document: WorkflowDocument, places: readonly Place[]): readonly Fault[] {
  const holders = [
    { states: document.states, initial: document.initial, path: "" },
    ...places.map(({ node, path }) => ({ ...node, path })),
  ];
  return holders.flatMap(({ states, initial, path }) => {
    if (!states || (initial !== undefined && Object.hasOwn(states, initial))) return [];
    const hint = nearest(initial ?? "", Object.keys(states)) ?? Object.keys(states)[0];
    return [fault("workflow.initial", { initial: initial ?? "", path: `${path}/initial`, ...hinted(hint) })];
  });
}

function doubled(places: readonly Place[], moves: readonly Move[]): readonly Fault[] {
  const names = [
    ...places.filter(({ node }) => !node.states).map(({ key, path }) => ({ name: key, path })),
    ...places.map(({ node, path }) => ({ name: `#${node.meta.id}`, path: `${path}/meta/id` })),
    ...moves.map(({ transition, path }) => ({ name: `#${transition.meta.id}`, path: `${path}/meta/id` })),
  ];
  const seen = new Set<string>();
  return names.flatMap(({ name, path }) => {
    if (!seen.has(name)) return (seen.add(name), []);
    return [fault("workflow.doubled", { name: name.replace("#", ""), path })];
  });
}

function targets(moves: readonly Move[]): readonly Fault[] {
  return moves.flatMap(({ transition: { target }, path, target: found }) =>
    target === undefined || found ? [] : [fault("workflow.target", { target, path: `${path}/target` })],
  );
}

/** From the first state on, guards taken as holding; ends are states with the tag `end`. */
function reach(document: WorkflowDocument, places: readonly Place[], moves: readonly Move[]): readonly Fault[] {
  const entered = (place: Place | undefined): readonly Place[] => {
    if (!place) return [];
    const inner = places.find(({ key, parent }) => parent === place && key === place.node.initial);
    return [...around(place), ...(inner ? entered(inner) : [])];
  };
  const around = (place: Place): readonly Place[] => [...(place.parent ? around(place.parent) : []), place];
  const reached = new Set(entered(places.find(({ key, parent }) => !parent && key === document.initial)));
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    for (const { from, target } of moves)
      if (!from || reached.has(from)) for (const place of entered(target)) reached.add(place);
  }
  const ways = (place: Place): boolean =>
    moves.some(({ from, target }) => from === place && target !== place) ||
    (place.parent ? ways(place.parent) : moves.some(({ from, target }) => !from && target !== place));
  return places.flatMap((place) => {
    const { node, path } = place;
    const told = { state: node.meta.title, path };
    if (!reached.has(place)) return [fault("workflow.unreachable", told)];
    if (!node.states && !node.tags?.includes("end") && !ways(place)) return [fault("workflow.dead_end", told)];
    return [];
  });
}

/** A circle of transitions that need no event goes on until the engine stops it, unless each has a guard to end it. */
function loops(moves: readonly Move[]): readonly Fault[] {
  const automatic = moves.filter(({ event, from, target }) => event === undefined && from && target);
  const unguarded = automatic.filter(
    ({ transition }) => !transition.guard || /^\s*true\s*$/.test(transition.guard.params.cel),
  );
  const next = (place: Place, through: readonly Move[]) =>
    through.filter(({ from }) => from === place || from === place.parent);
  return unguarded.flatMap((move) => {
    const seen = new Set<Place>();
    const open = [move.target!];
    for (let place = open.pop(); place; place = open.pop()) {
      if (place === move.from)
        return [
          fault("workflow.loop", {
            states: [...seen, place].map(({ node }) => node.meta.title).join(", "),
            path: move.path,
          }),
        ];
      if (seen.has(place)) continue;
      seen.add(place);
      for (const { target } of next(place, unguarded)) open.push(target!);
    }
    return [];
  });
}

function events(document: WorkflowDocument, model: Model, moves: readonly Move[]): readonly Fault[] {
  const declared = Object.keys(document.meta.events);
  const unknown = moves.flatMap(({ event, path }) =>
    event === undefined || declared.includes(event)
      ? []
      : [fault("workflow.event", { event, path: path.replace(/\/\d+$/, ""), ...hinted(nearest(event, declared)) })],
  );
  const others = [...model.workflows.values()].filter(
    ({ id, meta }) => id !== document.id && meta?.entity === document.meta.entity,
  );
  const taken = others.flatMap((other) =>
    declared
      .filter((event) => Object.hasOwn(other.meta.events ?? {}, event))
      .map((event) => fault("workflow.event_taken", { event, workflow: other.id, path: `/meta/events/${event}` })),
  );
  return [...unknown, ...taken];
}

function shadowed(moves: readonly Move[]): readonly Fault[] {
  const groups = Map.groupBy(moves, ({ path }) => path.replace(/\/\d+$/, ""));
  return [...groups.values()].flatMap((them) => {
    const first = them.findIndex(({ transition }) => !transition.guard);
    return first < 0 ? [] : them.slice(first + 1).map(({ path }) => fault("workflow.shadowed", { path }));
  });
}

function expressions(document: WorkflowDocument, model: Model, moves: readonly Move[]): readonly Fault[] {
  if (!model.entities.has(document.meta.entity))
    return [fault("document.entity_unknown", { entity: document.meta.entity, path: "/meta/entity" })];
  const scope = workflowScope(model, document);
  return moves.flatMap(({ transition: { guard }, path }) =>
    guard
      ? checkExpression(guard.params.cel, scope, { kind: "boolean" }).faults.map((it) => ({
          ...it,
          path: `${path}/guard/params/cel`,
        }))
      : [],
  );
}

function actionFaults(
  document: WorkflowDocument,
  model: Model,
  places: readonly Place[],
  moves: readonly Move[],
): readonly Fault[] {
  const listed = [
    ...places.flatMap(({ node, path }) => [
      ...placed(node.entry, `${path}/entry`),
      ...placed(node.exit, `${path}/exit`),
    ]),
    ...moves.flatMap(({ transition, path }) => placed(transition.actions, `${path}/actions`)),
  ];
  return listed.flatMap(({ action, path }) => {
    const resolved = resolveAction(model, action);
    if (!resolved) return [fault("workflow.action", { action: action.type, path: `${path}/type` })];
    const validate = validatorOf(resolved.type);
    const shape = validate(withoutExpressions(resolved.params)) ? [] : (validate.errors ?? []);
    const absent = ((resolved.type.params.required ?? []) as string[]).filter(
      (name) => !Object.hasOwn(resolved.params, name),
    );
    const cels = expressionsIn(resolved.params, `${path}/params`);
    const scope = workflowScope(model, document);
    return [
      ...absent.map((name) => fault("workflow.params", { fault: `needs "${name}"`, path: `${path}/params` })),
      ...shape.map((it) => fault("workflow.params", { fault: wanted(it), path: `${path}/params${it.instancePath}` })),
      ...cels.flatMap(({ cel, path: at }) => checkExpression(cel, scope).faults.map((it) => ({ ...it, path: at }))),
      ...valueFaults(model, document, resolved.params, path),
    ];
  });
}

const placed = (actions: readonly Action[] | undefined, path: string) =>
  (actions ?? []).map((action, at) => ({ action, path: `${path}/${at}` }));

/** The entity and the fields that an action writes. */
function valueFaults(
  model: Model,
  document: WorkflowDocument,
  params: Readonly<Record<string, unknown>>,
  path: string,
): readonly Fault[] {
  const named = params.entity ?? (params.set === undefined ? undefined : document.meta.entity);
  if (typeof named !== "string") return [];
  const entity = model.entities.get(named);
  if (!entity)
    return [
      fault("document.entity_unknown", {
        entity: named,
        path: `${path}/params/entity`,
        ...hinted(nearest(named, model.entities.keys())),
      }),
    ];
  const names = Object.keys((params.set ?? params.values ?? {}) as object);
  return names.flatMap((name) => {
    const field = entity.fields.get(name);
    const at = `${path}/params/${params.set === undefined ? "values" : "set"}/${name}`;
    if (!field)
      return [
        fault("field.unknown", {
          entity: named,
          field: name,
          path: at,
          ...hinted(nearest(name, entity.fields.keys())),
        }),
      ];
    return field.readOnly ? [fault("field.read_only", { field: name, path: at })] : [];
  });
}

function fields(
  document: WorkflowDocument,
  model: Model,
  places: readonly Place[],
  moves: readonly Move[],
): readonly Fault[] {
  const entity = model.entities.get(document.meta.entity);
  if (!entity) return [];
  const unknown = (name: string, path: string) =>
    entity.fields.has(name)
      ? []
      : [
          fault("field.unknown", {
            entity: entity.name,
            field: name,
            path,
            ...hinted(nearest(name, entity.fields.keys())),
          }),
        ];
  const shown = entity.stateFields.some(({ property }) => property.workflow === document.id);
  return [
    ...(shown
      ? []
      : [fault("workflow.no_field", { entity: entity.name, workflow: document.id, path: "/meta/entity" })]),
    ...places.flatMap(({ node, path }) =>
      (node.meta.requires ?? []).flatMap((name, at) => unknown(name, `${path}/meta/requires/${at}`)),
    ),
    ...moves.flatMap(({ transition, path }) =>
      (transition.meta.form ?? []).flatMap(({ field }, at) => unknown(field, `${path}/meta/form/${at}/field`)),
    ),
  ];
}

function expressionsIn(value: unknown, path: string): readonly { readonly cel: string; readonly path: string }[] {
  if (isExpression(value)) return [{ cel: value.cel, path: `${path}/cel` }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => expressionsIn(item, `${path}/${name}`));
}

/** Where an expression stands nothing is known of the value before the step. */
function withoutExpressions(value: unknown): unknown {
  if (isExpression(value)) return undefined;
  if (Array.isArray(value)) return value.map((item) => withoutExpressions(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (isExpression(item) ? [] : [[name, withoutExpressions(item)]])),
  );
}

const validators = new WeakMap<ActionType<any>, ValidateFunction>();
let ajv: ReturnType<typeof newAjv> | undefined;

/** The check of an action's literals. A required one may be an expression, so that it is there is asked apart. */
function validatorOf(type: ActionType<any>): ValidateFunction {
  const { required: _, ...schema } = type.params;
  const validate = validators.get(type) ?? (ajv ??= newAjv()).compile(schema);
  validators.set(type, validate);
  return validate;
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
