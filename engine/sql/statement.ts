import type { Model } from "../model.ts";
import type { Gone } from "../plan.ts";
import type { Phase } from "../plan-answer.ts";
import type { Fault } from "../problem.ts";
import type { CompiledStatement } from "./compile.ts";

/**
 * One statement of a publish. Those of all changes are run in the order of `step`, so that names are free before they
 * are taken and tables stand before they are pointed at. On a table with few rows all of them run in the switch.
 */
export interface Statement {
  /** Empty where only the proof matters. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly step: Step;
  readonly phase: Phase;
  /** The form that holds nobody up; it runs outside a transaction, after what an earlier try left was dropped. */
  readonly online?: string;
  readonly leftover?: string;
  /** Takes a prepared statement back. */
  readonly undo?: string;
  /** The same rows in batches, and those that were written since. */
  readonly batches?: { readonly each: CompiledStatement; readonly since: CompiledStatement };
  readonly proof?: Proof;
}

/** Counts, as `n`, what would break the rule that a statement makes; the fault to tell where there are any. */
export interface Proof {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
  readonly told: (n: number) => Fault;
  /** The same under the names that hold before the switch. */
  readonly early?: string;
  /** The same for what was written since the transaction `xid` of the last parameter. */
  readonly since?: string;
  /** Nobody writes to what it is about before the switch: proven early, it holds in it. */
  readonly still?: true;
}

/** The order inside a publish. */
export const steps = [
  "newColumn",
  "newValues",
  "newIndex",
  "release",
  "away",
  "settle",
  "entityAway",
  "entitySettle",
  "create",
  "add",
  "fill",
  "hold",
  "after",
] as const;
export type Step = (typeof steps)[number];

/** What stands in batched statements for the id behind which a batch begins, and for the transaction since which. */
export const afterId: unique symbol = Symbol("after");
export const sinceXid: unique symbol = Symbol("since");

/** What the statements of a change are made from. */
export interface Publishing {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  /** What waits to come back. */
  readonly gone?: Gone;
  /** Anchors of the entities with so many rows that nothing which reads them all may be done in the switch. */
  readonly large?: ReadonlySet<string>;
  /** Addresses of the fields whose values get a new column. */
  readonly swapped?: ReadonlySet<string>;
}

/** A statement without parameters. */
export const made = (step: Step, sql: string): Statement => ({ step, sql, parameters: [], phase: "switch" });

/** When the weightiest part of a move happens. */
export function phaseOf(statements: readonly Statement[]): Phase {
  if (statements.some(({ phase }) => phase === "prepare")) return "prepare";
  const last = statements.length > 0 && statements.every(({ phase }) => phase === "finish");
  return last ? "finish" : "switch";
}
