import { Decimal } from "decimal.js";
import type { FunctionType } from "./function-type.ts";

/** Beyond so many months no date of a record lies. */
const monthsMost = 120_000;

/**
 * The same day so many months later; where that month has no such day, its last one: a warranty of 24 months from 29
 * February ends on 28 February. Parts of months do not count.
 */
export const addMonths: FunctionType = {
  name: "addMonths",
  label: "months after",
  takes: [["date"], ["number"]],
  gives: { kind: "date" },
  evaluate: ([date, count]) => {
    if (typeof date !== "string" || !(count instanceof Decimal) || count.abs().gt(monthsMost)) return null;
    const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
    const months = year * 12 + month - 1 + count.trunc().toNumber();
    const first = new Date(Date.UTC(0, 0, 1));
    first.setUTCFullYear(Math.floor(months / 12), (months % 12) + 1, 0);
    const last = first.getUTCDate();
    if (first.getUTCFullYear() < 1 || first.getUTCFullYear() > 9999) return null;
    first.setUTCDate(Math.min(day, last));
    return first.toISOString().slice(0, 10);
  },
  sql: () =>
    "case when abs($2) <= 120000 and extract(year from $1) * 12 + trunc($2) between 12 and 119987 then ($1 + make_interval(months => trunc($2)::integer))::date end",
  immutable: true,
  examples: [
    { cel: "addMonths(date('2024-02-29'), 24)", gives: "2026-02-28" },
    { cel: "addMonths(date('2026-01-31'), 1)", gives: "2026-02-28" },
    { cel: "addMonths(date('2026-03-31'), -1)", gives: "2026-02-28" },
  ],
};
