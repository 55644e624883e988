import type { WorkflowDocument } from "schemas";
import { checkExpression } from "../expression/check.ts";
import { durationOf } from "../expression/literal.ts";
import { workflowScope } from "../expression/scope.ts";
import type { Type } from "../expression/type.ts";
import type { Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { momentFieldFaults, windowFaults } from "./check-delays.ts";
import { isSpan, sendingFaults, spans, type Telling } from "./check-sending.ts";
import { sendingActions } from "./sending.ts";

/** What is wrong with what a workflow says as a whole: who begins it, what it is for, how an event finds its run. */
export function metaFaults(document: WorkflowDocument, model: Model): readonly Fault[] {
  const { enrol, goal, exit, quiet_hours, send_window, events } = document.meta;
  const scope = workflowScope(model, document);
  const checked = (cel: string | undefined, path: string, expected?: Type) =>
    cel === undefined
      ? []
      : checkExpression(cel, scope, expected).faults.map((it) => ({ ...it, path: `/meta/${path}/cel` }));
  const condition = (when: { readonly cel: string } | undefined, path: string) =>
    checked(when?.cel, path, { kind: "boolean" });
  const declared = (event: string | undefined, path: string) => {
    if (event === undefined || Object.hasOwn(events, event)) return [];
    const hint = nearest(event, Object.keys(events));
    return [fault("workflow.event", { event, path: `/meta/${path}`, ...(hint ? { hint } : {}) })];
  };
  return [
    ...condition(enrol?.when, "enrol/when"),
    ...condition(goal?.when, "goal/when"),
    ...condition(exit?.when, "exit/when"),
    ...(exit?.events ?? []).flatMap(({ event, when }, at) => [
      ...declared(event, `exit/events/${at}/event`),
      ...condition(when, `exit/events/${at}/when`),
    ]),
    ...checked(quiet_hours?.zone?.cel, "quiet_hours/zone", { kind: "text" }),
    ...(send_window ? windowFaults(document, model, { window: send_window }, "/meta/send_window") : []),
    ...Object.entries(events).flatMap(([type, { when, correlation }]) => [
      ...condition(when, `events/${type}/when`),
      ...checked(correlation?.cel, `events/${type}/correlation`),
    ]),
    ...declared(goal?.event, "goal/event"),
    ...declared(enrol?.event, "enrol/event"),
    ...(enrol?.segment === undefined || model.segments.get(enrol.segment)?.entity === document.meta.entity
      ? []
      : [fault("segment.unknown", { segment: enrol.segment, path: "/meta/enrol/segment" })]),
    ...entryFaults(document, model),
    ...listeningFaults(document),
  ];
}

/** The field by whose moment records begin, and so long before or after it; a day has no hours to be counted from. */
function entryFaults(document: WorkflowDocument, model: Model): readonly Fault[] {
  const { on, field: name, before, after } = document.meta.enrol ?? {};
  if (on !== "date" || name === undefined) return [];
  const field = model.entities.get(document.meta.entity)?.fields.get(name);
  const ofDays = field?.type.type(field.property).kind === "date";
  const told = (wanted: string, path: string) => fault("workflow.listening", { wanted, path: `/meta/enrol/${path}` });
  return [
    ...momentFieldFaults(document, model, name, "/meta/enrol/field"),
    ...Object.entries({ before, after }).flatMap(([key, span]) => {
      if (span === undefined) return [];
      const seconds = Number(durationOf(span) ?? NaN);
      if (!(seconds >= 0)) return [told(spans, key)];
      return ofDays && seconds % 86_400 !== 0 ? [told("a span of whole days before or after a day", key)] : [];
    }),
  ];
}

const lookBackSecondsMost = 30 * 86_400;

/** What lacks a part without which nothing would ever come of it, and what has a part that is not for it. */
function listeningFaults({ meta }: WorkflowDocument): readonly Fault[] {
  const { enrol, events } = meta;
  const told = (wrong: boolean, wanted: string, path: string) =>
    wrong ? [fault("workflow.listening", { wanted, path: `/meta/${path}` })] : [];
  const bound = (["enrol", "goal", "exit"] as const).filter((part) => meta.kind === "pipeline" && meta[part]);
  return [
    ...bound.flatMap((part) =>
      told(true, "a journey or a process; a record is in its pipeline for as long as it is there", part),
    ),
    ...(enrol ? enrolFaults(enrol, told) : []),
    ...sendingFaults(meta, told),
    ...(meta.caps ?? []).flatMap(({ channel }, at) =>
      told(!sendingActions.includes(channel), `one of ${sendingActions.join(", ")}`, `caps/${at}/channel`),
    ),
    ...told(
      enrol?.window !== undefined && enrol.again !== "after_end",
      '`again` to be "after_end" with `window`',
      "enrol/window",
    ),
    ...told(enrol?.window !== undefined && !isSpan(enrol.window), spans, "enrol/window"),
    ...Object.entries(events).flatMap(([type, { source, when, correlation, look_back }]) => [
      ...told(
        correlation !== undefined && source !== "integration" && source !== "run",
        '`source` to be "integration" or "run" with `correlation`',
        `events/${type}/correlation`,
      ),
      ...told(look_back !== undefined && !correlation, "`correlation` with `look_back`", `events/${type}/look_back`),
      ...told(
        look_back !== undefined && (!isSpan(look_back) || Number(durationOf(look_back)) > lookBackSecondsMost),
        "a span of 30 days at most",
        `events/${type}/look_back`,
      ),
      ...told(
        source === "record" && !when,
        "`when`: of what becomes true of the record the event tells",
        `events/${type}`,
      ),
      ...told(source !== "record" && when !== undefined, '`source` to be "record" with `when`', `events/${type}/when`),
    ]),
  ];
}

function enrolFaults(
  { on = "condition", when, event, segment, field, before, after }: NonNullable<WorkflowDocument["meta"]["enrol"]>,
  told: Telling,
): readonly Fault[] {
  return [
    ...told(on === "condition" && !when, "`when`: the condition that begins it", "enrol"),
    ...told(on === "event" && event === undefined, "`event`: the one that begins it", "enrol"),
    ...told(on !== "event" && event !== undefined, '`on` to be "event" with `event`', "enrol/event"),
    ...told(on === "segment" && segment === undefined, "`segment`: the one that begins it", "enrol"),
    ...told(on !== "segment" && segment !== undefined, '`on` to be "segment" with `segment`', "enrol/segment"),
    ...told(on === "date" && field === undefined, "`field`: the one whose moment begins it", "enrol"),
    ...told(on !== "date" && field !== undefined, '`on` to be "date" with `field`', "enrol/field"),
    ...told(
      on !== "date" && (before ?? after) !== undefined,
      '`on` to be "date" with `before` and `after`',
      `enrol/${before === undefined ? "after" : "before"}`,
    ),
    ...told(on === "hand" && when !== undefined, "no condition where only a person begins it", "enrol/when"),
  ];
}
