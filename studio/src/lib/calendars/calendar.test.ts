import { describe, expect, test } from "vitest";
import { newCalendar, openMinutes, readHours, weekdayOf, withHolidays, withHours } from "./calendar.ts";

describe("hours are read as people write them", () => {
  test.each([
    ["9-17", ["09:00-17:00"]],
    ["08:30 – 12, 13.30-18:00", ["08:30-12:00", "13:30-18:00"]],
    ["22-24", ["22:00-24:00"]],
    ["", []],
    [" ", []],
    ["nine to five", undefined],
    ["9-25", undefined],
    ["9:70-17", undefined],
    ["9-17,", undefined],
    ["24-9", undefined],
  ])("%j", (text, spans) => expect(readHours(text)).toEqual(spans));
});

test("the days of a week keep their order, and those that are closed are not named", () => {
  const week = withHours({ tue: ["09:00-17:00"], sat: ["10:00-12:00"] }, "mon", ["08:00-12:00"]);
  expect(Object.keys(week)).toEqual(["mon", "tue", "sat"]);
  expect(withHours(week, "sat", [])).toEqual({ mon: ["08:00-12:00"], tue: ["09:00-17:00"] });
  expect(openMinutes(["08:00-12:00", "13:30-18:00"])).toBe(510);
});

test("holidays that are taken again replace those of their years; days written by hand stay", () => {
  const calendar = {
    ...newCalendar("Support", "Europe/Berlin", []),
    exceptions: {
      "2026-12-25": { title: "Our own day", hours: ["10:00-11:00"] },
      "2026-10-03": { title: "Old", holiday: "DE" },
      "2025-10-03": { title: "Kept", holiday: "DE" },
    },
  };
  const { exceptions } = withHolidays(
    calendar,
    "DE",
    [2026],
    [
      { date: "2026-12-25", title: "Christmas Day", type: "public" },
      { date: "2026-12-24", title: "Christmas Eve", type: "bank", from: "14:00" },
      { date: "2026-05-01", title: "Labour Day", type: "public" },
    ],
  );
  expect(exceptions).toEqual({
    "2025-10-03": { title: "Kept", holiday: "DE" },
    "2026-05-01": { title: "Labour Day", holiday: "DE" },
    "2026-12-24": { title: "Christmas Eve", hours: ["09:00-14:00"], holiday: "DE" },
    "2026-12-25": { title: "Our own day", hours: ["10:00-11:00"] },
  });
  expect(weekdayOf("2026-12-24")).toBe("thu");
});
