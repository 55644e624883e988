import { describe, expect, test } from "vitest";
import { dayOf, isDay, momentAt, onDay, plusDays, plusMonths, weeksOf, within } from "./month.ts";

test.each([
  ["2024-02-28", 1, "2024-02-29"],
  ["2023-02-28", 1, "2023-03-01"],
  ["2026-01-01", -1, "2025-12-31"],
  ["2026-03-29", 7, "2026-04-05"],
])("%s and %i days is %s", (day, days, then) => expect(plusDays(day, days)).toBe(then));

test.each([
  ["2024-01-31", 1, "2024-02-29"],
  ["2023-01-31", 1, "2023-02-28"],
  ["2024-02-29", 12, "2025-02-28"],
  ["2026-12-15", 1, "2027-01-15"],
  ["2026-01-15", -1, "2025-12-15"],
  ["1900-01-30", 1, "1900-02-28"],
])("%s and %i months is %s", (day, months, then) => expect(plusMonths(day, months)).toBe(then));

describe.each([1, 6, 7])("weeks that begin with day %i", (weekStart) => {
  test.each(["2024-02", "2026-02", "2026-03", "2026-08", "2027-02"])(
    "hold all days of %s once, seven each",
    (month) => {
      const weeks = weeksOf(`${month}-15`, weekStart);
      const days = weeks.flat();
      const own = days.filter((day) => day.startsWith(month));
      expect(new Set(days).size).toBe(weeks.length * 7);
      expect(own[0]).toBe(`${month}-01`);
      expect(own.at(-1)).toBe(plusDays(plusMonths(`${month}-01`, 1), -1));
      expect(days.every((day, at) => at === 0 || day === plusDays(days[at - 1]!, 1))).toBe(true);
      for (const [first] of weeks) expect(new Date(`${first}T00:00:00Z`).getUTCDay()).toBe(weekStart % 7);
      expect([weeks[0], weeks.at(-1)].every((week) => week!.some((day) => day.startsWith(month)))).toBe(true);
    },
  );
});

test("a February of four weeks takes four", () => {
  expect(weeksOf("2027-02-10", 1)).toHaveLength(4);
  expect(weeksOf("2027-02-10", 7)).toHaveLength(5);
  expect(weeksOf("2026-08-01", 1)).toHaveLength(6);
});

test("a moment falls on the day that its zone has", () => {
  expect(dayOf("2026-03-01T15:30:00.000Z", "Asia/Tokyo")).toBe("2026-03-02");
  expect(dayOf("2026-03-01T02:30:00.000Z", "America/New_York")).toBe("2026-02-28");
  expect(dayOf("2026-03-01", "America/New_York")).toBe("2026-03-01");
  expect(dayOf(null, "UTC")).toBeUndefined();
});

test.each([
  ["2026-03-01", "00:00:00", "Asia/Tokyo", "2026-02-28T15:00:00.000Z"],
  ["2026-07-01", "09:00:00", "Europe/Vienna", "2026-07-01T07:00:00.000Z"],
  ["2026-01-01", "09:00:00", "Europe/Vienna", "2026-01-01T08:00:00.000Z"],
  ["2026-03-29", "02:30:00", "Europe/Vienna", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29", "03:00:00", "Europe/Vienna", "2026-03-29T01:00:00.000Z"],
  ["2026-03-29", "00:00:00", "Europe/Vienna", "2026-03-28T23:00:00.000Z"],
  ["2026-10-25", "03:00:00", "Europe/Vienna", "2026-10-25T02:00:00.000Z"],
  ["2026-03-08", "00:00:00", "America/New_York", "2026-03-08T05:00:00.000Z"],
  ["2026-03-08", "23:00:00", "America/New_York", "2026-03-09T03:00:00.000Z"],
  ["2026-06-01", "00:00:00", "Pacific/Kiritimati", "2026-05-31T10:00:00.000Z"],
  ["2026-06-01", "12:15:00", "Asia/Kathmandu", "2026-06-01T06:30:00.000Z"],
])("%s %s in %s is %s", (day, time, zone, moment) => expect(momentAt(day, time, zone)).toBe(moment));

test("what is put on another day keeps its time there, over the change of clocks too", () => {
  expect(onDay("date", "2026-03-01", "2026-03-05", "UTC")).toBe("2026-03-05");
  expect(onDay("date_time", "2026-03-27T08:15:30.250Z", "2026-03-30", "Europe/Vienna")).toBe(
    "2026-03-30T07:15:30.250Z",
  );
  expect(onDay("date_time", null, "2026-03-30", "Asia/Jakarta")).toBe("2026-03-30T02:00:00.000Z");
});

test("days are asked for by the bounds of their zone", () => {
  expect(within("close_date", "date", "2026-02-23", "2026-04-05", "Asia/Tokyo")).toBe(
    "close_date >= '2026-02-23' && close_date < '2026-04-06'",
  );
  expect(within("start", "date_time", "2026-03-29", "2026-03-29", "Europe/Vienna")).toBe(
    "start >= timestamp('2026-03-28T23:00:00.000Z') && start < timestamp('2026-03-29T22:00:00.000Z')",
  );
});

test("a day is one that there is", () => {
  expect(["2024-02-29", "2023-02-29", "2026-13-01", "2026-3-1", "x"].map(isDay)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
