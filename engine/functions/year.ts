import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** The year of a date, as a number. */
export const year: FunctionType = {
  name: "year",
  label: "year of",
  takes: [["date"]],
  gives: { kind: "number" },
  evaluate: ([date]) => (typeof date === "string" ? new Decimal(date.slice(0, 4)) : null),
  sql: () => "extract(year from $1)::numeric",
  immutable: true,
  examples: [{ cel: "year(date('2024-02-29'))", gives: "2024" }],
};
