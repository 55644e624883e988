import type { AnyDocument, ReportDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { accessOf, adminRole } from "../access.ts";
import { dayNumber } from "../calendar/hours.ts";
import { readModel } from "../model.ts";
import { clearOf, namedDays } from "./period.ts";
import { planReport } from "./plan.ts";
import { fallBodies } from "./waterfall.ts";

const days = (first: string, last: string) => ({ from: dayNumber(first), to: dayNumber(last) + 1 });

describe("what days are compared with", () => {
  test.each([
    ["2026-01-01", "2026-03-31", { shift: -1, unit: "quarter" }, -1],
    ["2026-01-01", "2026-06-30", { shift: -1, unit: "quarter" }, -2],
    ["2026-01-01", "2026-06-30", { shift: -1, unit: "year" }, -1],
    ["2024-01-01", "2026-12-31", { shift: -1, unit: "month" }, -36],
    ["2026-02-10", "2026-02-10", { shift: 1, unit: "day" }, 1],
    ["2026-02-01", "2026-02-28", { shift: -1, unit: "day" }, -28],
    ["2026-02-01", "2026-02-28", { shift: 0, unit: "day" }, 0],
  ] as const)("from %s to %s, designed by %o, is %i of them away", (first, last, by, shift) => {
    expect(clearOf(days(first, last), by)).toEqual({ ...by, shift });
  });
});

describe("a report in a zone of its own", () => {
  const offer = {
    ...{ $schema: "urn:trellis:entity:1", $id: "offer", $anchor: "ent_offer", type: "object", title: "Offer" },
    properties: {
      made: { $anchor: "fld_made", field: "date_time", title: "Made" },
      size: { $anchor: "fld_size", field: "integer", title: "Size" },
    },
  };
  const report = {
    ...{ $schema: "urn:trellis:report:1", $id: "offers", $anchor: "rep_offers", title: "Offers", source: "offer" },
    measures: [{ id: "n", agg: "count" }],
    period: { path: "made", unit: "month", zone: "Asia/Tokyo" },
    layout: { kind: "table" },
  } as unknown as ReportDocument;
  const model = readModel([offer as unknown as AnyDocument, report]);
  const planned = (document: ReportDocument, now: string, period?: Readonly<Record<string, unknown>>) =>
    planReport(model, accessOf(model, [adminRole]), document, {
      now: new Date(now),
      parameters: period ? { period } : {},
    });

  test("has days begin there, those that are asked for as well", () => {
    const filterOf = (period: Readonly<Record<string, unknown>>) =>
      planned(report, "2026-03-10T12:00:00Z", period).blocks[0]?.filter;
    expect(filterOf({ first: "2026-03-01", last: "2026-03-31" })).toContain("2026-02-28T15:00:00");
    expect(filterOf({ first: "2026-03-01", last: "2026-03-31" })).toBe(filterOf({ unit: "month" }));
  });

  test("counts parts of time from the day that it is there", () => {
    expect(namedDays(planned(report, "2026-03-31T20:00:00Z").days!)).toEqual({
      first: "2026-04-01",
      last: "2026-04-30",
    });
  });

  test("reads the ends of a waterfall as they were there", () => {
    const where = { cel: "size > 0" };
    const falling = {
      ...report,
      layout: { kind: "waterfall" },
      waterfall: { amount: { cel: "size" }, open: where, won: where, lost: where },
    } as unknown as ReportDocument;
    const plan = planned(falling, "2026-03-31T20:00:00Z", { unit: "month", from: -1, to: -1 });
    expect(fallBodies(model, plan, new Date("2026-03-31T20:00:00Z"))).toMatchObject({
      first: { as_of: "2026-02-28T14:59:59.999Z" },
      last: { as_of: "2026-03-31T14:59:59.999Z" },
      over: true,
    });
  });
});
