import type { Action, WorkflowDocument } from "schemas";
import type { Entity, Field, Model } from "../model.ts";
import { checkExpression } from "../expression/check.ts";
import { recordScope, workflowScope } from "../expression/scope.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { expressionFaults, misfitsOf } from "./check-params.ts";
import { correlates } from "./correlation.ts";
import { documentsOf, paramNames, type ParamName } from "./param-names.ts";
import { resolveAction, type ResolvedAction } from "./params.ts";
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
      ...lacking(resolved, `${path}/params`),
      ...expressionFaults(resolved.params, scope, `${path}/params`),
      ...nameFaults(model, document, resolved, `${path}/params`),
    ];
  });
}

function lacking({ type, params }: ResolvedAction, path: string): readonly Fault[] {
  const name = type.lacks?.(params);
  return name === undefined ? [] : [fault("workflow.params", { fault: `needs "${name}"`, path })];
}

const placed = (actions: readonly Action[] | undefined, path: string) =>
  (actions ?? []).map((action, at) => ({ action, path: `${path}/${at}` }));

/** What the parameters of an action name and is not there, is of another kind, or cannot be written. */
function nameFaults(model: Model, document: WorkflowDocument, { type, params }: ResolvedAction, path: string) {
  const own = model.entities.get(document.meta.entity);
  return paramNames(type.params, params, { model, own, target: own }).flatMap((it): readonly Fault[] => {
    const at = [path, ...it.steps.map((step) => String(step).replaceAll("~", "~0").replaceAll("/", "~1"))].join("/");
    if (it.what === "condition") return conditionFaults(model, it, at);
    const fits = known[it.what](it, { model, document, path: at });
    return fits === undefined ? [] : [fits];
  });
}

/** What is wrong with a condition over the fields of other records. */
function conditionFaults(model: Model, { name, of }: ParamName, path: string): readonly Fault[] {
  if (!of) return [];
  const { faults } = checkExpression(name, recordScope(model, of.name), { kind: "boolean" });
  return faults.map((it) => ({ ...it, path }));
}

interface At {
  readonly model: Model;
  readonly document: WorkflowDocument;
  readonly path: string;
}

const known: Readonly<Record<Exclude<ParamName["what"], "condition">, (it: ParamName, at: At) => Fault | undefined>> = {
  entity: ({ name }, { model, path }) =>
    model.entities.has(name)
      ? undefined
      : fault("document.entity_unknown", { entity: name, path, ...hinted(nearest(name, model.entities.keys())) }),
  field: ({ name, of, types = [] }, { path }) => {
    const fields = [...(of?.fields.values() ?? [])].filter(
      ({ type }) => types.length === 0 || types.includes(type.name),
    );
    if (!of || fields.some((it) => it.name === name)) return undefined;
    const names = fields.map((it) => it.name);
    return fault("field.unknown", { entity: of.name, field: name, path, ...hinted(nearest(name, names)) });
  },
  value: ({ name, of, reads }, { path }) => {
    const field = of?.fields.get(name);
    if (!of || (field && (reads || !field.readOnly || isKeptByWorkflows(of, field)))) return undefined;
    if (field) return fault("field.read_only", { field: name, path });
    return fault("field.unknown", { entity: of.name, field: name, path, ...hinted(nearest(name, of.fields.keys())) });
  },
  event: ({ name }, { document, path }) => {
    const declared = Object.keys(document.meta.events);
    return declared.includes(name)
      ? undefined
      : fault("workflow.event", { event: name, path, ...hinted(nearest(name, declared)) });
  },
  sent: ({ name, of }, { model, path }) => {
    if (!of || correlates(model, of, name)?.source === "run") return undefined;
    const sent = [...model.workflows.values()].flatMap(({ meta }) =>
      Object.keys(meta.entity === of.name ? meta.events : {}).filter(
        (type) => correlates(model, of, type)?.source === "run",
      ),
    );
    return fault("workflow.sent", { event: name, entity: of.name, path, ...hinted(nearest(name, sent)) });
  },
  document: ({ name, kind = "", channel }, { model, path }) => {
    const names = documentsOf(model, kind, channel);
    return names.includes(name)
      ? undefined
      : fault("workflow.document", { kind, name, path, ...hinted(nearest(name, names)) });
  },
};

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });

/** What no hand writes and nothing works out: an automation keeps it, where it is not the engine's own. */
const isKeptByWorkflows = (of: Entity, { type, system }: Field) => !type.computed && !system && !of.system;
