import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** A number, rounded up. */
export const ceil: FunctionType = {
  name: "ceil",
  label: "rounded up",
  takes: [["number"]],
  gives: { kind: "number" },
  evaluate: ([v]) => (v instanceof Decimal ? v.ceil() : null),
  sql: () => "ceil($1)",
  immutable: true,
  examples: [{ cel: "ceil(1.2)", gives: "2" }],
};
