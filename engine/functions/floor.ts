import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** A number, rounded down. */
export const floor: FunctionType = {
  name: "floor",
  label: "rounded down",
  takes: [["number"]],
  gives: { kind: "number" },
  evaluate: ([v]) => (v instanceof Decimal ? v.floor() : null),
  sql: () => "floor($1)",
  immutable: true,
  examples: [{ cel: "floor(0 - 1.5)", gives: "-2" }],
};
