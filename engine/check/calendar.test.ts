import { expect, test } from "vitest";
import { check } from "../check.ts";
import { partsOf } from "../documents/index.ts";
import { readModel } from "../model.ts";
import { exportTemplate, packageFolders } from "../template-export.ts";
import type { CalendarDocument } from "schemas";

const support: CalendarDocument = {
  $schema: "urn:trellis:calendar:1",
  $id: "support",
  $anchor: "cal_support",
  title: "Support",
  time_zone: "Europe/Berlin",
  hours: { mon: ["08:00-12:00", "12:00-18:00"], sat: [] },
  later: { "2027-01-01": { tue: ["22:00-24:00"] } },
  exceptions: { "2026-12-24": { title: "Christmas Eve", hours: ["09:00-12:00"] }, "2026-12-25": { holiday: "DE" } },
};
const told = (change: object) => check([{ ...support, ...change }]).map(({ code, path }) => `${code} ${path}`);

test("a calendar that can be counted in is sound", () => {
  expect(check([support])).toEqual([]);
});

test.each([
  [{ time_zone: "Europe/Bonn" }, "calendar.zone /calendar/support/time_zone"],
  [{ hours: { mon: [] } }, "calendar.closed /calendar/support/hours"],
  [{ later: { "2027-01-01": {} } }, "calendar.closed /calendar/support/later/2027-01-01"],
  [{ hours: { mon: ["17:00-09:00"] } }, "calendar.span /calendar/support/hours/mon/0"],
  [{ hours: { mon: ["09:00-12:00", "11:00-13:00"] } }, "calendar.overlap /calendar/support/hours/mon/1"],
  [
    { exceptions: { "2026-12-24": { hours: ["09:00-09:00"] } } },
    "calendar.span /calendar/support/exceptions/2026-12-24/hours/0",
  ],
  [{ hours: { mon: ["9-17"] } }, "document.malformed /calendar/support/hours/mon/0"],
  [{ exceptions: { "2026-02-30": {} } }, "document.malformed /calendar/support/exceptions/2026-02-30"],
])("what is wrong with it is told at its place: %j", (change, fault) => {
  expect(told(change)).toEqual([fault]);
});

test("its weeks and its odd days are parts of it", () => {
  const parts = partsOf(support, readModel([support]));
  expect(parts.map(({ id, title }) => `${id}: ${title}`)).toEqual([
    ": Support",
    "hours: Support",
    "from 2027-01-01: 2027-01-01",
    "day 2026-12-24: 2026-12-24 Christmas Eve",
    "day 2026-12-25: 2026-12-25",
  ]);
});

test("it goes with a template", () => {
  const files = exportTemplate(readModel([support]), { name: "desk" });
  expect(JSON.parse(files.get("calendars/support.json") ?? "null")).toEqual(support);
  expect(packageFolders.get("calendars")).toBe("calendar");
});
