import type { WorkflowDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Type } from "../expression/type.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";

/** What is wrong with what a workflow says as a whole: who begins it, what it is for, how an event finds its run. */
export function metaFaults(document: WorkflowDocument, model: Model): readonly Fault[] {
  const { enrol, goal, quiet_hours, events } = document.meta;
  const scope = workflowScope(model, document);
  const checked = (cel: string | undefined, path: string, expected?: Type) =>
    cel === undefined
      ? []
      : checkExpression(cel, scope, expected).faults.map((it) => ({ ...it, path: `/meta/${path}/cel` }));
  const hint = goal && nearest(goal.event, Object.keys(events));
  return [
    ...checked(enrol?.when.cel, "enrol/when", { kind: "boolean" }),
    ...checked(quiet_hours?.zone?.cel, "quiet_hours/zone", { kind: "text" }),
    ...Object.entries(events).flatMap(([type, { correlation }]) =>
      checked(correlation?.cel, `events/${type}/correlation`),
    ),
    ...(!goal || Object.hasOwn(events, goal.event)
      ? []
      : [fault("workflow.event", { event: goal.event, path: "/meta/goal/event", ...(hint ? { hint } : {}) })]),
  ];
}
