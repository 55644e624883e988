import type { Action, TemplateDocument, WorkflowDocument } from "schemas";
import { actions } from "../actions/index.ts";
import { reportsOf, type ActionType } from "../actions/action-type.ts";
import type { Model } from "../model.ts";
import { actionsIn } from "./places.ts";

/** An action as its registry knows it, with the parameters of a template's preset filled in. */
export interface ResolvedAction {
  readonly type: ActionType<any>;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a document's action stands for; `undefined` where nobody knows it. */
export function resolveAction(
  model: Pick<Model, "templates">,
  { type, params = {} }: Action,
): ResolvedAction | undefined {
  const known = own(actions, type);
  if (known) return { type: known as ActionType<any>, params };
  const preset = presetOf(model, type);
  const behind = preset && own(actions, preset.action);
  return behind && { type: behind as ActionType<any>, params: { ...(preset.params as object), ...params } };
}

/** The events of the engine that a workflow may wait for: what its actions report. */
export function reportsIn(model: Pick<Model, "templates">, document: WorkflowDocument): readonly string[] {
  const types = actionsIn(document).flatMap((action) => resolveAction(model, action)?.type ?? []);
  return [...new Set(types.flatMap(reportsOf))];
}

function presetOf(model: Pick<Model, "templates">, name: string) {
  return [...model.templates.values()].flatMap(({ presets }: TemplateDocument) => own(presets ?? {}, name) ?? [])[0];
}

function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
