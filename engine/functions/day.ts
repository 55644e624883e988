import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** The day of a date, as a number. */
export const day: FunctionType = {
  name: "day",
  label: "day of",
  takes: [["date"]],
  gives: { kind: "number" },
  evaluate: ([date]) => (typeof date === "string" ? new Decimal(date.slice(8, 10)) : null),
  sql: () => "extract(day from $1)::numeric",
  immutable: true,
  examples: [{ cel: "day(date('2024-02-29'))", gives: "29" }],
};
