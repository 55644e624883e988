import type { ReportMeasure } from "schemas";

/** A measure as the body of a question has it. */
export function bodyOfMeasure({
  agg,
  of,
  where,
  p = 0.5,
  over,
  under,
  path,
  state,
  gone,
  calendar,
  as: how,
}: ReportMeasure): unknown {
  if (agg === "ratio") return { ratio: [over, under] };
  const filter = where ? { filter: where.cel } : {};
  if (agg === "time_in_state")
    return {
      told: { field: path, state, ...(gone ? { gone } : {}), ...(calendar === undefined ? {} : { calendar }) },
      as: how ?? "sum",
      share: p,
      ...filter,
    };
  if (agg === "back_moves") return { told: { field: path, moves: "back" }, as: how ?? "sum", share: p, ...filter };
  const text = agg === "count" ? "count()" : `${agg}(${agg === "percentile" ? `${p}, ` : ""}${of?.cel ?? ""})`;
  return where ? { of: text, filter: where.cel } : text;
}
