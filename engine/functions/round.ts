import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** A number rounded to whole, halves away from zero. */
export const round: FunctionType = {
  name: "round",
  label: "rounded",
  takes: [["number"]],
  gives: { kind: "number" },
  evaluate: ([v]) => (v instanceof Decimal ? v.toDecimalPlaces(0, Decimal.ROUND_HALF_UP) : null),
  sql: () => "round($1)",
  immutable: true,
  examples: [
    { cel: "round(2.5)", gives: "3" },
    { cel: "round(0 - 2.5)", gives: "-3" },
  ],
};
