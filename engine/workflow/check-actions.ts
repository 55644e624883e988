import type { Action, WorkflowDocument } from "schemas";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { ActionType } from "../actions/action-type.ts";
import { newAjv, wanted } from "../ajv.ts";
import { checkExpression } from "../expression/check.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { isExpression } from "../values.ts";
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
    const validate = validatorOf(resolved.type);
    const shape = (validate(withoutExpressions(resolved.params)) ? [] : (validate.errors ?? [])).filter(
      (it) => it.keyword !== "minProperties" || isBare(resolved.params, it.instancePath),
    );
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

function expressionsIn(value: unknown, path: string): readonly { readonly cel: string; readonly path: string }[] {
  if (isExpression(value)) return [{ cel: value.cel, path: `${path}/cel` }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => expressionsIn(item, `${path}/${name}`));
}

/** Whether nothing at all stands at a place: what holds expressions alone is not empty. */
function isBare(params: unknown, pointer: string): boolean {
  const value = pointer
    .split("/")
    .slice(1)
    .reduce((at, key) => (at as Record<string, unknown> | undefined)?.[key], params);
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
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
