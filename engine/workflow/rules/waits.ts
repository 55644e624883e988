import type { Delay, WorkflowDocument } from "schemas";
import { dayMs, hoursOf, minuteMs, type Schedule } from "../../calendar/hours.ts";
import { readBusinessSpan, spanLater } from "../../calendar/span.ts";
import { zoneOf } from "../../calendar/zone.ts";
import { evaluate } from "../../expression/evaluate.ts";
import { checkExpression } from "../../expression/check.ts";
import { durationOf } from "../../expression/literal.ts";
import { workflowScope } from "../../expression/scope.ts";
import { invocationOf } from "../../invocations/index.ts";
import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { clockTerms } from "../delay.ts";
import { outOf } from "./rest.ts";
import type { Graph } from "./ways.ts";

/** So far ahead waits are tried: over a year, so that every holiday and change of the clocks is met. */
const aheadDays = 400;

/** R11: waits that are over before they begin, that no calendar lets end, or that fall into a change of the clocks. */
export function waitFindings({ document }: Graph, model: Model, now: string): readonly Fault[] {
  return Object.entries(document.meta.delays ?? {}).flatMap(([name, delay]) => {
    const told = { delay: delay.title ?? name, path: `/meta/delays/${name}` };
    const fixed = delay.at && momentOf(document, model, delay.at.cel, now);
    if (fixed !== undefined && fixed < Date.parse(now)) return [fault("workflow.past", told)];
    const schedule = delay.calendar === undefined ? undefined : model.calendars.get(delay.calendar);
    if (!schedule) return [];
    const begun = Array.from({ length: aheadDays }, (_, day) => Date.parse(now) + day * dayMs);
    const span = delay.duration === undefined ? undefined : readBusinessSpan(delay.duration);
    const gap = span && begun.find((at) => spanLater(schedule, at, span) === undefined);
    if (gap !== undefined)
      return [fault("workflow.calendar_gap", { ...told, from: new Date(gap).toISOString().slice(0, 10) })];
    const changed = changeIn(schedule, Date.parse(now));
    return changed === undefined ? [] : [fault("workflow.clock_change", { ...told, day: changed })];
  });
}

/** The moment that an expression gives whatever the record, the run and the day are; nothing where it hangs on any. */
function momentOf(document: WorkflowDocument, model: Model, cel: string, now: string): number | undefined {
  const { expression } = checkExpression(cel, workflowScope(model, document));
  if (!expression || expression.usesClock || /\b(record|context|event|user)\b/.test(cel)) return undefined;
  const at = Date.parse(String(evaluate(expression, { now, today: now.slice(0, 10) })));
  return Number.isNaN(at) ? undefined : at;
}

/** The first day on which a calendar opens or closes at a time that its clocks show twice or never. */
function changeIn(schedule: Schedule, now: number): string | undefined {
  const zone = zoneOf(schedule.time_zone);
  const { spansOn } = hoursOf(schedule);
  const first = Math.floor(zone.shown(now) / dayMs);
  for (let day = first; day < first + aheadDays; day++) {
    const midnight = day * dayMs;
    const changes = zone.moment(midnight + dayMs) - zone.moment(midnight) !== dayMs;
    if (!changes) continue;
    const edges = spansOn(day).flatMap(({ from, to }) => [from, to]);
    const odd = edges.some((minute) => {
      const shown = midnight + minute * minuteMs;
      const at = zone.moment(shown);
      return (
        zone.shown(at) !== shown || zone.shown(at + 60 * minuteMs) === shown || zone.shown(at - 60 * minuteMs) === shown
      );
    });
    if (odd) return new Date(midnight).toISOString().slice(0, 10);
  }
  return undefined;
}

/** How long a clock of a document allows at most, in seconds, where that is fixed. */
function budgetOf(document: WorkflowDocument, model: Model, clock: string, now: string): number | undefined {
  const { budget } = clockTerms(document, clock);
  const checked = budget && checkExpression(budget.cel, workflowScope(model, document)).expression;
  if (!checked || checked.paths.length > 0 || /\b(context|event|user)\b/.test(checked.text)) return undefined;
  const seconds = Number(evaluate(checked, { now, today: now.slice(0, 10) }));
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** R15: processes that are allowed more time than whoever waits for them. */
export function longerThanParent(graph: Graph, model: Model, now: string): readonly Fault[] {
  const { document } = graph;
  return graph.places.flatMap((place) => {
    const name = place.node.invoke && invocationOf(place.node.invoke.src).workflow;
    const inner = name === undefined ? undefined : model.workflows.get(name);
    if (!inner) return [];
    const waits = outOf(graph, place).flatMap(({ delay }) =>
      delay === undefined ? [] : [document.meta.delays?.[delay]],
    );
    const own = Math.min(...waits.map((delay) => secondsOf(document, model, delay, now)));
    const budgets = Object.values(inner.meta.delays ?? {}).map((delay) => secondsOf(inner, model, delay, now));
    const longest = Math.max(0, ...budgets.filter(Number.isFinite));
    return longest > own
      ? [
          fault("workflow.longer", {
            process: inner.meta.title,
            state: place.node.meta.title,
            path: `${place.path}/invoke`,
          }),
        ]
      : [];
  });
}

function secondsOf(document: WorkflowDocument, model: Model, delay: Delay | undefined, now: string): number {
  if (delay?.duration !== undefined) return Number(durationOf(delay.duration) ?? Infinity);
  return delay?.clock === undefined ? Infinity : (budgetOf(document, model, delay.clock, now) ?? Infinity);
}
