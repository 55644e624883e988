import { expect, test } from "vitest";
import type { Schedule } from "./hours.ts";
import { readBusinessSpan, recounted, spanLater } from "./span.ts";

const spans = ["09:00-18:00"];
const tokyo: Schedule = {
  time_zone: "Asia/Tokyo",
  hours: { mon: spans, tue: spans, wed: spans, thu: spans, fri: spans },
};
const holidays: Schedule = { ...tokyo, exceptions: { "2026-05-04": {}, "2026-05-05": {}, "2026-05-06": {} } };
const at = (local: string) => Date.parse(`${local}:00+09:00`);

test("days of a span are working days, hours are open hours", () => {
  expect(readBusinessSpan("P2DT4H30M")).toEqual({ days: 2, ms: 16_200_000 });
  expect(spanLater(holidays, at("2026-05-01T16:30"), readBusinessSpan("PT4H")!)).toBe(at("2026-05-07T11:30"));
  expect(spanLater(holidays, at("2026-05-01T16:30"), readBusinessSpan("P1D")!)).toBe(at("2026-05-07T16:30"));
  expect(spanLater(holidays, at("2026-05-01T16:30"), readBusinessSpan("P1DT2H")!)).toBe(at("2026-05-08T09:30"));
});

test.each(["", "P", "PT", "P1W", "P1M", "-PT1H", "P1DT", "1h"])("%j is no span of business time", (text) =>
  expect(readBusinessSpan(text)).toBeUndefined(),
);

test.each(["PT4H", "P1D", "P1DT2H"])(
  "a span of %s that has begun is counted anew by other hours, and back again",
  (text) => {
    const span = readBusinessSpan(text)!;
    const start = at("2026-05-01T16:30");
    const [without, within] = [spanLater(tokyo, start, span)!, spanLater(holidays, start, span)!];
    expect(recounted(tokyo, holidays, without, span)).toBe(within);
    expect(recounted(holidays, tokyo, within, span)).toBe(without);
  },
);
