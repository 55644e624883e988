import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** A span of so many days. */
export const days: FunctionType = {
  name: "days",
  label: "days",
  takes: [["number"]],
  gives: { kind: "duration" },
  evaluate: ([count]) => (count instanceof Decimal ? count.times(86_400) : null),
  sql: () => "($1 * 86400)",
  immutable: true,
  examples: [{ cel: "date('2024-02-28') + days(2)", gives: "2024-03-01" }],
};
