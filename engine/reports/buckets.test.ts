import { describe, expect, test } from "vitest";
import { dayNumber, dayText } from "../calendar/hours.ts";
import { fits, partName, partOf, readPart, shiftPart, startOfPart } from "./buckets.ts";

describe("parts of dates", () => {
  const years = [
    undefined,
    { month: 4, named: "first" as const },
    { month: 4, named: "last" as const },
    { month: 11, named: "first" as const },
  ];
  test.each(["day", "week", "month", "quarter", "year"] as const)(
    "a %s is read from its name, and begins on its first day",
    (unit) => {
      for (const year of years)
        for (let day = dayNumber("2019-12-20"); day < dayNumber("2022-01-10"); day++) {
          const part = partOf(day, unit, year);
          expect(readPart(partName(part, unit, year), unit, year)).toBe(part);
          expect(startOfPart(part, unit, year)).toBeLessThanOrEqual(day);
          expect(startOfPart(part + 1, unit, year)).toBeGreaterThan(day);
        }
    },
  );

  test("have the names that PostgreSQL gives them", () => {
    const names = (day: string) =>
      (["week", "month", "quarter", "year"] as const).map((it) => partName(partOf(dayNumber(day), it), it));
    expect(names("2021-01-03")).toEqual(["2020-W53", "2021-01", "2021-Q1", "2021"]);
    expect(names("2024-12-30")).toEqual(["2025-W01", "2024-12", "2024-Q4", "2024"]);
  });

  test("of years from April on are called after the first or the last month", () => {
    const of = (named: "first" | "last") =>
      partName(partOf(dayNumber("2017-04-01"), "quarter", { month: 4, named }), "quarter", { month: 4, named });
    expect([of("first"), of("last")]).toEqual(["FY2017-Q1", "FY2018-Q1"]);
    expect(
      dayText(
        startOfPart(readPart("FY2017-Q1", "quarter", { month: 4, named: "first" })!, "quarter", {
          month: 4,
          named: "first",
        }),
      ),
    ).toBe("2017-04-01");
  });

  test("move by units that their own fall on", () => {
    expect(shiftPart("2026-02", "month", { shift: -1, unit: "year" })).toBe("2025-02");
    expect(shiftPart("2024-02-29", "day", { shift: 1, unit: "year" })).toBe("2025-02-28");
    expect(shiftPart("2026-W01", "week", { shift: -1, unit: "week" })).toBe("2025-W52");
    expect([fits("month", "year"), fits("quarter", "month"), fits("week", "year"), fits("day", "month")]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
