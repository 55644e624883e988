import type { WorkflowDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { actions } from "../actions/index.ts";
import { reportsOf, type ActionType } from "../actions/action-type.ts";
import { actionFaults } from "./check-actions.ts";
import { delayFaults, rushFaults, stateClockFaults } from "./check-delays.ts";
import { flowFaults } from "./check-flow.ts";
import { invocationFaults, outputFaults, payloadFaults } from "./check-ends.ts";
import { mechanismFaults } from "./check-mechanisms.ts";
import { metaFaults } from "./check-meta.ts";
import { celOf } from "./guards.ts";
import { reportsIn } from "./params.ts";
import { movesOf, placesOf, type Move, type Place } from "./places.ts";
import { ruleFaults } from "./rules/index.ts";

/**
 * All that is wrong with a workflow whose shape is right: names that lead nowhere, states that nothing reaches or
 * leaves, loops without an event, guards and actions that cannot be. Paths are JSON Pointers into the document.
 */
export function checkWorkflow(document: WorkflowDocument, model: Model): readonly Fault[] {
  const places = placesOf(document);
  const moves = movesOf(document, places);
  return [
    ...doubled(places, moves),
    ...targets(moves),
    ...flowFaults(document, places, moves),
    ...events(document, model, moves),
    ...shadowed(moves),
    ...expressions(document, model, moves),
    ...delayFaults(document, model, moves),
    ...rushFaults(document, moves),
    ...stateClockFaults(document, places),
    ...actionFaults(document, model, places, moves),
    ...invocationFaults(document, model, places),
    ...outputFaults(document, model, places),
    ...payloadFaults(document),
    ...metaFaults(document, model),
    ...fields(document, model, places, moves),
    ...mechanismFaults(document, places, moves),
    ...(model.entities.has(document.meta.entity) ? ruleFaults(document, model) : []),
  ];
}

function doubled(places: readonly Place[], moves: readonly Move[]): readonly Fault[] {
  const names = [
    ...places.filter(({ node }) => node.type !== "history").map(({ key, path }) => ({ name: key, path })),
    ...places.map(({ node, path }) => ({ name: `#${node.meta.id}`, path: `${path}/meta/id` })),
    ...moves.map(({ transition, path }) => ({ name: `#${transition.meta.id}`, path: `${path}/meta/id` })),
    ...places.flatMap(({ node: { invoke }, path }) =>
      invoke ? [{ name: `()${invoke.id}`, path: `${path}/invoke/id` }] : [],
    ),
  ];
  const seen = new Set<string>();
  return names.flatMap(({ name, path }) => {
    if (!seen.has(name)) return (seen.add(name), []);
    return [fault("workflow.doubled", { name: name.replace(/^#|^\(\)/, ""), path })];
  });
}

function targets(moves: readonly Move[]): readonly Fault[] {
  return moves.flatMap(({ transition: { target }, path, target: found }) =>
    target === undefined || found ? [] : [fault("workflow.target", { target, path: `${path}/target` })],
  );
}

function events(document: WorkflowDocument, model: Model, moves: readonly Move[]): readonly Fault[] {
  const declared = Object.keys(document.meta.events);
  const reported = reportsIn(model, document);
  const unknown = moves.flatMap(({ event, path }) =>
    event === undefined || declared.includes(event) || reported.includes(event)
      ? []
      : [
          fault("workflow.event", {
            event,
            path: path.replace(/\/\d+$/, ""),
            ...hinted(nearest(event, [...declared, ...reported])),
          }),
        ],
  );
  const others = [...model.workflows.values()].filter(
    ({ id, meta }) => id !== document.id && meta?.entity === document.meta.entity,
  );
  const taken = others.flatMap((other) =>
    declared
      .filter((event) => Object.hasOwn(other.meta.events ?? {}, event))
      .filter((event) => !isFact(document.meta.events[event]) || !isFact(other.meta.events[event]))
      .map((event) => fault("workflow.event_taken", { event, workflow: other.id, path: `/meta/events/${event}` })),
  );
  const engines = new Set(Object.values<ActionType<any>>(actions).flatMap(reportsOf));
  const own = declared
    .filter((event) => engines.has(event))
    .map((event) => fault("workflow.event_engine", { event, path: `/meta/events/${event}` }));
  return [...unknown, ...taken, ...own];
}

/** What happens to a record is told to all who listen; any other event is sent to one workflow, which it belongs to. */
const isFact = (declared: WorkflowDocument["meta"]["events"][string] | undefined): boolean =>
  declared?.source === "integration" && declared.correlation === undefined;

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
  return moves.flatMap(({ transition: { guard }, path }) => {
    const cel = celOf(guard);
    if (cel === undefined) return [];
    const { faults } = checkExpression(cel, scope, { kind: "boolean" });
    return faults.map((it) => ({ ...it, path: `${path}/guard/params/cel` }));
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
  const shown =
    document.meta.kind !== "pipeline" || entity.stateFields.some(({ property }) => property.workflow === document.id);
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

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
