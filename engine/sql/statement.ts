import type { Model } from "../model.ts";
import type { Gone } from "../plan.ts";
import type { Fault } from "../problem.ts";

/**
 * One statement of a publish. Those of all changes are run in the order of `step`, so that names are free before they
 * are taken and tables stand before they are pointed at.
 */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly step: Step;
  /** Counts, as `n`, what would break the rule that this statement makes; the fault to tell where there are any. */
  readonly proof?: { readonly sql: string; readonly told: (n: number) => Fault };
}

/** The order inside a publish. */
export const steps = [
  "release",
  "away",
  "settle",
  "entityAway",
  "entitySettle",
  "create",
  "add",
  "fill",
  "hold",
] as const;
export type Step = (typeof steps)[number];

/** What the statements of a change are made from. */
export interface Publishing {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
  /** What waits to come back. */
  readonly gone?: Gone;
}

/** A statement without parameters. */
export const made = (step: Step, sql: string): Statement => ({ step, sql, parameters: [] });
