import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** A number, the size of. */
export const abs: FunctionType = {
  name: "abs",
  label: "the size of",
  takes: [["number"]],
  gives: { kind: "number" },
  evaluate: ([v]) => (v instanceof Decimal ? v.abs() : null),
  sql: () => "abs($1)",
  immutable: true,
  examples: [{ cel: "abs(0 - 3.5)", gives: "3.5" }],
};
