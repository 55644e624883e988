import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** The month of a date, as a number. */
export const month: FunctionType = {
  name: "month",
  label: "month of",
  takes: [["date"]],
  gives: { kind: "number" },
  evaluate: ([date]) => (typeof date === "string" ? new Decimal(date.slice(5, 7)) : null),
  sql: () => "extract(month from $1)::numeric",
  immutable: true,
  examples: [{ cel: "month(date('2024-02-29'))", gives: "2" }],
};
