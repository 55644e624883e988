import type { Action, WorkflowDocument } from "schemas";
import { workflowScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { expressionFaults, misfitsOf } from "./check-params.ts";
import { resolveAction } from "./params.ts";
import type { Move, Place } from "./places.ts";

/** What is wrong with the actions of a workflow: names that nobody knows, parameters that they do not take. */
export function actionFaults(
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
    const scope = workflowScope(model, document);
    return [
      ...misfitsOf(resolved.type.params, resolved.params, `${path}/params`).map((it) => fault("workflow.params", it)),
      ...expressionFaults(resolved.params, scope, `${path}/params`),
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

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
