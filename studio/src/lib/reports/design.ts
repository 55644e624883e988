import type { DashboardDocument, ReportDimension, ReportDocument, ReportMeasure } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

/** A new report: how many records there are. */
export function newReport(title: string, source: string, taken: readonly string[]): ReportDocument {
  return {
    $schema: "urn:trellis:report:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("rep"),
    title,
    source,
    dimensions: [],
    measures: [{ id: "n", agg: "count" }],
    layout: { kind: "table" },
  };
}

/** A new dashboard without cards. */
export function newDashboard(title: string, taken: readonly string[]): DashboardDocument {
  return {
    $schema: "urn:trellis:dashboard:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("dsh"),
    title,
    period: true,
    cards: [],
  };
}

/** What a measure can be, as the designer offers it; the others stand in the JSON. */
export const aggregates = [
  "count",
  "count_distinct",
  "sum",
  "avg",
  "min",
  "max",
  "percentile",
  "ratio",
  "time_in_state",
] as const;

/** An id that nothing in the report has yet, from the words that name what it is for. */
export function idFor(report: ReportDocument, wish: string): string {
  const taken = [...(report.dimensions ?? []), ...report.measures].map(({ id }) => id);
  return nameFor(wish.replaceAll(/[._]+/g, " "), taken).slice(0, 40);
}

/** A dimension with a member that is set, or left out where nothing stands in it. */
export function withMember<Part extends ReportDimension | ReportMeasure>(
  part: Part,
  key: string,
  value: unknown,
): Part {
  const entries = Object.entries({ ...part, [key]: value }).filter(([, it]) => it !== undefined && it !== "");
  return Object.fromEntries(entries) as unknown as Part;
}
