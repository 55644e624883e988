import type { WorkflowDocument } from "schemas";
import { durationOf } from "../expression/literal.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import type { Path } from "../expression/tree.ts";
import { invocationOf } from "../invocations/index.ts";
import type { Model } from "../model.ts";
import { dateReached } from "../segment/entry.ts";
import type { Machine } from "./machine.ts";
import { placesOf } from "./places.ts";

/** What a change of a record says to a workflow that listens to its records. */
export interface Heard {
  /** It shall begin, where the record may. */
  readonly enrols: boolean;
  /** It would, but has what the workflow is for already, or is of those who leave it. */
  readonly barred?: "goal" | "exit";
  /** Events of the workflow that have come true. */
  readonly events: readonly string[];
  /** Runs that stand end: what they are for is reached, or the record leaves. */
  readonly ends: "goal" | "exit" | undefined;
}

/** Whether a workflow listens to changes of its records. */
export function listens({ meta }: WorkflowDocument): boolean {
  const begins = meta.enrol && (meta.enrol.on ?? "condition");
  return (
    begins === "condition" ||
    begins === "created" ||
    meta.goal?.when !== undefined ||
    meta.exit?.when !== undefined ||
    Object.values(meta.events).some(({ when }) => when !== undefined)
  );
}

/** What the conditions read, beyond the record itself, that changes of records are held against. */
export function listenedPaths(machine: Machine): readonly Path[] {
  const { enrol, goal, exit, events } = machine.document.meta;
  const parts = [enrol?.when, goal?.when, exit?.when, ...Object.values(events).map(({ when }) => when)];
  return machine.reads(parts).filter(({ length, 0: first }) => length > 1 || first?.list);
}

/** A record as it was, nothing where it is new, and as it is; each with what surrounds it. */
export interface Changed {
  readonly was: Environment | undefined;
  readonly is: Environment;
}

/** What a change of a record says to a workflow: what has become true of it by the change, and was not before. */
export function heard(machine: Machine, { was, is }: Changed): Heard {
  const { enrol, goal, exit, events } = machine.document.meta;
  const of = (condition: { readonly cel: string } | undefined, at: Environment | undefined) => {
    const checked = condition && machine.expression(condition.cel);
    return checked !== undefined && at !== undefined && holds(checked, { ...at, context: {}, event: {} });
  };
  const becomes = (condition: { readonly cel: string } | undefined) => of(condition, is) && !of(condition, was);
  const on = enrol?.on ?? "condition";
  const begins =
    enrol !== undefined &&
    !machine.earlier &&
    ((on === "condition" && becomes(enrol.when)) ||
      (on === "created" && was === undefined && (enrol.when === undefined || of(enrol.when, is))));
  const barred = of(goal?.when, is) ? "goal" : of(exit?.when, is) ? "exit" : undefined;
  return {
    enrols: begins && barred === undefined,
    ...(begins && barred ? { barred } : {}),
    events: Object.entries(events).flatMap(([type, { when }]) => (becomes(when) ? [type] : [])),
    ends: becomes(goal?.when) ? "goal" : becomes(exit?.when) ? "exit" : undefined,
  };
}

/**
 * Whether an event begins a run of a record that has none; coming into a segment is one, whose data name the segment, and
 * so is that the moment of a field comes. The condition sees the record, and the event with what it brings along.
 */
export function beginsBy(machine: Machine, event: string, environment: Environment, data: unknown): boolean {
  const { enrol, id } = machine.document.meta;
  if (machine.earlier) return false;
  const { segment, workflow } = (data ?? {}) as { readonly segment?: unknown; readonly workflow?: unknown };
  const bySegment = enrol?.on === "segment" && event === "segment.entered" && segment === enrol.segment;
  const byDate = enrol?.on === "date" && event === dateReached && workflow === id;
  if (!bySegment && !byDate && (enrol?.on !== "event" || enrol.event !== event)) return false;
  const checked = enrol.when && machine.expression(enrol.when.cel);
  const told = { ...environment, context: {}, event: { type: event, data: data ?? {} } };
  return enrol.when === undefined || (checked !== undefined && holds(checked, told));
}

/** What an event brings along for a run that it begins: values at the names that the workflow remembers. */
export function broughtBy({ document }: Machine, data: unknown): Readonly<Record<string, unknown>> {
  const known = document.context ?? {};
  const given = typeof data === "object" && data !== null ? data : {};
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(known, name)));
}

/**
 * What an event ends that no transition takes: the workflow, because its goal is reached by it or because it is one by
 * which records leave. Nothing where the run goes on.
 */
export function endedBy(
  machine: Machine,
  event: string,
  environment: Environment,
  data?: unknown,
): "goal" | "exit" | undefined {
  const { goal, exit } = machine.document.meta;
  if (goal?.event === event) return "goal";
  const told = { ...environment, event: { type: event, data: data ?? {} } };
  const leaves = (exit?.events ?? []).some((it) => {
    const checked = it.when && machine.expression(it.when.cel);
    return it.event === event && (it.when === undefined || (checked !== undefined && holds(checked, told)));
  });
  return leaves ? "exit" : undefined;
}

/** The events that end runs wherever they stand. */
export const endingEvents = ({ meta }: WorkflowDocument): readonly string[] => [
  ...(meta.goal?.event === undefined ? [] : [meta.goal.event]),
  ...(meta.exit?.events ?? []).map(({ event }) => event),
];

/** An earlier run of a record through the same workflow. */
export interface Earlier {
  readonly status: string;
  /** ISO 8601. */
  readonly started_at: string;
}

/** Why a record does not begin a workflow now, and from when on it may: null for never, or not yet known. */
export interface NotAgain {
  /** It is under way, has been through what one goes through once, or its time is not over. */
  readonly why: "running" | "once" | "window";
  readonly from: string | null;
}

/**
 * From when on a record may begin a workflow again that it has been through: null for never, and nothing where it may
 * now. One that is under way keeps it from beginning another.
 */
export function againFrom({ meta }: WorkflowDocument, earlier: readonly Earlier[], now: Date): NotAgain | undefined {
  if (earlier.some(({ status }) => status === "active")) return { why: "running", from: null };
  if (earlier.length === 0 || !meta.enrol) return undefined;
  const { again = "never", window } = meta.enrol;
  if (again === "never") return { why: "once", from: null };
  const last = Math.max(...earlier.map(({ started_at }) => Date.parse(started_at)));
  const from = last + Number(durationOf(window ?? "PT0S") ?? 0) * 1000;
  return from > now.getTime() ? { why: "window", from: new Date(from).toISOString() } : undefined;
}

/**
 * Whether people begin a workflow by hand: a journey that says so, or a process that nothing else begins, neither a
 * change of its record nor another workflow.
 */
export function beginsByHand({ workflows }: Model, { id, meta }: WorkflowDocument): boolean {
  if (meta.kind === "pipeline") return false;
  if (meta.enrol) return meta.enrol.on === "hand";
  const invoked = [...workflows.values()].some((it) =>
    placesOf(it).some(({ node }) => node.invoke && invocationOf(node.invoke.src).workflow === id && it.id !== id),
  );
  return meta.kind === "process" && !invoked;
}
