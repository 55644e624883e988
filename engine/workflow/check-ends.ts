import type { WorkflowDocument } from "schemas";
import { schemaFault } from "../ajv.ts";
import { workflowScope } from "../expression/scope.ts";
import { invocationOf } from "../invocations/index.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { expressionFaults, misfitsOf } from "./check-params.ts";
import type { Place } from "./places.ts";

/** What is wrong with what states invoke: inputs that it does not take, workflows that are no processes. */
export function invocationFaults(document: WorkflowDocument, model: Model, places: readonly Place[]): readonly Fault[] {
  const scope = workflowScope(model, document);
  return places.flatMap(({ node: { invoke, type, meta }, path }) => {
    if (!invoke) return [];
    const at = `${path}/invoke`;
    if (type === "final" || type === "history")
      return [
        fault("workflow.invoke", { wanted: `a state that one stands in, which "${meta.title}" is not`, path: at }),
      ];
    const invoked = invocationOf(invoke.src);
    const input = invoke.input ?? {};
    return [
      ...misfitsOf(invoked.type.input, input, `${at}/input`).map((it) =>
        fault("workflow.invoke", { wanted: `another input: it ${it.fault}`, path: it.path }),
      ),
      ...expressionFaults(input, scope, `${at}/input`),
      ...(invoked.type.faults?.({ input, document, model, path: `${at}/input` }) ?? []),
      ...(invoked.workflow === undefined ? [] : processFaults(model, document, invoked.workflow, `${at}/src`)),
    ];
  });
}

/** A process is invoked on the record of the run that invokes it. */
function processFaults(model: Model, { meta }: WorkflowDocument, name: string, path: string): readonly Fault[] {
  const found = model.workflows.get(name);
  const processes = [...model.workflows.values()].filter(({ meta }) => meta.kind === "process").map(({ id }) => id);
  const hint = nearest(name, processes);
  const told = { path, ...(hint === undefined ? {} : { hint }) };
  if (!found) return [fault("workflow.unknown", { name, ...told })];
  const wanted = `a process of "${meta.entity}", which "${name}" is not`;
  return found.meta.kind === "process" && found.meta.entity === meta.entity
    ? []
    : [fault("workflow.invoke", { wanted, ...told })];
}

/** What is wrong with what a workflow and its final states give back. */
export function outputFaults(document: WorkflowDocument, model: Model, places: readonly Place[]): readonly Fault[] {
  const scope = workflowScope(model, document);
  return [
    ...expressionFaults(document.output, scope, "/output"),
    ...places.flatMap(({ node: { output, type }, path }) =>
      output === undefined || type === "final"
        ? expressionFaults(output, scope, `${path}/output`)
        : [fault("workflow.output", { path: `${path}/output` })],
    ),
  ];
}

/** Payloads that are no JSON Schemas. */
export function payloadFaults({ meta }: WorkflowDocument): readonly Fault[] {
  return Object.entries(meta.events).flatMap(([type, { payload }]) => {
    const why = payload === undefined ? undefined : schemaFault(payload);
    return why === undefined ? [] : [fault("workflow.payload", { why, path: `/meta/events/${type}/payload` })];
  });
}
