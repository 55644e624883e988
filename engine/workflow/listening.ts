import type { WorkflowDocument } from "schemas";
import { durationOf } from "../expression/literal.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import type { Path } from "../expression/tree.ts";
import type { Machine } from "./machine.ts";

/** What a change of a record says to a workflow that listens to its records. */
export interface Heard {
  /** It shall begin, where the record may. */
  readonly enrols: boolean;
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
    meta.exit !== undefined ||
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
    ((on === "condition" && becomes(enrol.when)) ||
      (on === "created" && was === undefined && (enrol.when === undefined || of(enrol.when, is))));
  return {
    enrols: begins && !of(goal?.when, is) && !of(exit?.when, is),
    events: Object.entries(events).flatMap(([type, { when }]) => (becomes(when) ? [type] : [])),
    ends: becomes(goal?.when) ? "goal" : becomes(exit?.when) ? "exit" : undefined,
  };
}

/** Whether an event begins a run of a record that has none. */
export function beginsBy(machine: Machine, event: string, environment: Environment): boolean {
  const { enrol } = machine.document.meta;
  if (enrol?.on !== "event" || enrol.event !== event) return false;
  const checked = enrol.when && machine.expression(enrol.when.cel);
  return enrol.when === undefined || (checked !== undefined && holds(checked, environment));
}

/** What an event brings along for a run that it begins: values at the names that the workflow remembers. */
export function broughtBy({ document }: Machine, data: unknown): Readonly<Record<string, unknown>> {
  const known = document.context ?? {};
  const given = typeof data === "object" && data !== null ? data : {};
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(known, name)));
}

/** An earlier run of a record through the same workflow. */
export interface Earlier {
  readonly status: string;
  /** ISO 8601. */
  readonly started_at: string;
}

/**
 * From when on a record may begin a workflow again that it has been through: null for never, and nothing where it may
 * now. One that is under way keeps it from beginning another.
 */
export function againFrom(
  { meta }: WorkflowDocument,
  earlier: readonly Earlier[],
  now: Date,
): { readonly from: string | null } | undefined {
  if (earlier.some(({ status }) => status === "active")) return { from: null };
  if (earlier.length === 0 || !meta.enrol) return undefined;
  const { again = "never", window } = meta.enrol;
  if (again === "never") return { from: null };
  const last = Math.max(...earlier.map(({ started_at }) => Date.parse(started_at)));
  const from = last + Number(durationOf(window ?? "PT0S") ?? 0) * 1000;
  return from > now.getTime() ? { from: new Date(from).toISOString() } : undefined;
}
