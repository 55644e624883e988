import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, addDays, between, isOpen, nextOpening } from "./business-time.ts";
import type { Schedule } from "./hours.ts";
import { zoneOf } from "./zone.ts";

const week = (...spans: string[]) => ({ mon: spans, tue: spans, wed: spans, thu: spans, fri: spans });
const always = (...spans: string[]) => ({ ...week(...spans), sat: spans, sun: spans });
const weekdays = (time_zone: string, ...spans: string[]): Schedule => ({
  time_zone,
  hours: week(...(spans.length > 0 ? spans : ["09:00-17:00"])),
});
const closed = (...days: string[]) => Object.fromEntries(days.map((day) => [day, {}]));

const newYork = weekdays("America/New_York");
const berlin = weekdays("Europe/Berlin");
const round: Schedule = { time_zone: "America/New_York", hours: always("00:00-24:00") };
const nights: Schedule = { time_zone: "America/New_York", hours: always("00:00-06:00", "22:00-24:00") };
const saoPaulo = weekdays("America/Sao_Paulo", "08:00-12:00", "13:30-18:00");
const christmas: Schedule = {
  ...berlin,
  exceptions: {
    "2026-12-24": { hours: ["09:00-12:00"] },
    "2026-12-31": { hours: ["09:00-12:00"] },
    ...closed("2026-12-25", "2026-12-26", "2027-01-01"),
  },
};
const golden: Schedule = { ...weekdays("Asia/Tokyo"), exceptions: closed("2026-05-04", "2026-05-05", "2026-05-06") };

const minutes = (count: number) => count * 60_000;
const at = ({ time_zone }: Schedule, local: string) => zoneOf(time_zone).moment(Date.parse(`${local}:00Z`));
const shown = ({ time_zone }: Schedule, moment: number | undefined) =>
  moment === undefined ? undefined : new Date(zoneOf(time_zone).shown(moment)).toISOString().slice(0, 16);

// The vectors of the specification by their numbers.
test.each([
  ["V1", newYork, "2026-01-30T16:30", 60, "2026-02-02T09:30", "2026-02-02T14:30"],
  ["V2", weekdays("Europe/Paris", "08:00-18:00"), "2026-01-12T17:00", 240, "2026-01-13T11:00", "2026-01-13T10:00"],
  ["V3", newYork, "2026-01-28T07:00", 120, "2026-01-28T11:00", "2026-01-28T16:00"],
  ["V4", newYork, "2026-01-28T16:00", 60, "2026-01-28T17:00", "2026-01-28T22:00"],
  ["V5", newYork, "2026-01-28T17:00", 1, "2026-01-29T09:01", "2026-01-29T14:01"],
  ["V7", round, "2026-03-07T12:00", 1440, "2026-03-08T13:00", "2026-03-08T17:00"],
  ["V9", nights, "2026-03-07T22:00", 480, "2026-03-08T23:00", "2026-03-09T03:00"],
  ["V9b", nights, "2026-03-03T22:00", 480, "2026-03-04T06:00", "2026-03-04T11:00"],
  ["V10", berlin, "2026-03-27T16:00", 120, "2026-03-30T10:00", "2026-03-30T08:00"],
  ["V11", berlin, "2026-10-23T16:00", 120, "2026-10-26T10:00", "2026-10-26T09:00"],
  ["V12", saoPaulo, "2026-04-06T12:30", 30, "2026-04-06T14:00", "2026-04-06T17:00"],
  ["V13", christmas, "2026-12-23T16:00", 480, "2026-12-28T13:00", "2026-12-28T12:00"],
  ["V14", golden, "2026-05-01T16:00", 240, "2026-05-07T12:00", "2026-05-07T03:00"],
] as const)("%s: business time ends when it must", (_id, schedule, start, target, local, utc) => {
  const due = add(schedule, at(schedule, start), minutes(target));
  expect(shown(schedule, due)).toBe(local);
  expect(new Date(due!).toISOString().slice(0, 16)).toBe(utc);
  expect(between(schedule, at(schedule, start), due!)).toBe(minutes(target));
});

test("V2: a business hour before is counted back", () => {
  const paris = weekdays("Europe/Paris", "08:00-18:00");
  expect(shown(paris, add(paris, at(paris, "2026-01-13T11:00"), minutes(-60)))).toBe("2026-01-13T10:00");
  expect(shown(berlin, add(berlin, at(berlin, "2026-06-08T09:30"), minutes(-60)))).toBe("2026-06-05T16:30");
});

test.each([
  ["America/New_York", "2026-03-08", 23],
  ["America/New_York", "2026-11-01", 25],
  ["Africa/Cairo", "2026-04-24", 23],
  ["Australia/Lord_Howe", "2026-04-05", 24.5],
  ["Pacific/Apia", "2011-12-30", 0],
])("in %s the day %s has %d hours", (time_zone, day, hours) => {
  const schedule: Schedule = { time_zone, hours: always("00:00-24:00") };
  const zone = zoneOf(time_zone);
  const from = Date.parse(`${day}T00:00:00Z`);
  const [first, last] = [zone.moment(from), zone.moment(from + 86_400_000)];
  expect(between(schedule, first, last)).toBe(minutes(hours * 60));
});

test("a day is open from the first moment of a span up to, without, its last", () => {
  expect(isOpen(berlin, at(berlin, "2026-06-01T09:00") - 1)).toBe(false);
  expect(isOpen(berlin, at(berlin, "2026-06-01T09:00"))).toBe(true);
  expect(isOpen(berlin, at(berlin, "2026-06-01T17:00") - 1)).toBe(true);
  expect(isOpen(berlin, at(berlin, "2026-06-01T17:00"))).toBe(false);
});

test("the next opening is at once while it is open, else after nights, weekends, holidays and the year", () => {
  const next = (schedule: Schedule, local: string) => shown(schedule, nextOpening(schedule, at(schedule, local)));
  expect(next(berlin, "2026-06-01T10:00")).toBe("2026-06-01T10:00");
  expect(next(berlin, "2026-06-05T17:00")).toBe("2026-06-08T09:00");
  expect(next(saoPaulo, "2026-04-06T12:00")).toBe("2026-04-06T13:30");
  expect(next(christmas, "2026-12-31T12:00")).toBe("2027-01-04T09:00");
  expect(next(golden, "2026-05-02T00:00")).toBe("2026-05-07T09:00");
});

test("working days are counted as days, at the same time of the clock", () => {
  const later = (schedule: Schedule, local: string, days: number) =>
    shown(schedule, addDays(schedule, at(schedule, local), days));
  expect(later(berlin, "2026-06-05T14:00", 1)).toBe("2026-06-08T14:00");
  expect(later(berlin, "2026-06-06T14:00", 1)).toBe("2026-06-08T14:00");
  expect(later(berlin, "2026-06-05T18:00", 1)).toBe("2026-06-09T09:00");
  expect(later(berlin, "2026-03-27T10:00", 1)).toBe("2026-03-30T10:00");
  expect(later(saoPaulo, "2026-04-06T12:30", 1)).toBe("2026-04-07T13:30");
  expect(later(christmas, "2026-12-23T10:00", 3)).toBe("2026-12-29T10:00");
  expect(later(christmas, "2026-12-23T13:00", 1)).toBe("2026-12-28T09:00");
  expect(later(golden, "2026-05-01T10:00", 250)).toBe("2027-04-21T10:00");
  expect(later(berlin, "2026-06-08T14:00", -1)).toBe("2026-06-05T14:00");
  expect(later(berlin, "2027-01-04T14:00", -250)).toBe("2026-01-19T14:00");
  expect(later(berlin, "2026-06-06T14:00", 0)).toBe("2026-06-08T09:00");
});

test("hours that hold from a day on hold from its midnight", () => {
  const schedule: Schedule = { ...berlin, later: { "2026-07-01": week("10:00-12:00") } };
  expect(shown(schedule, add(schedule, at(schedule, "2026-06-30T16:00"), minutes(120)))).toBe("2026-07-01T11:00");
  expect(between(schedule, at(schedule, "2026-06-29T00:00"), at(schedule, "2026-07-04T00:00"))).toBe(minutes(1320));
});

test("a span that the clocks skip is open where they go on; what is pushed together is counted once", () => {
  const schedule: Schedule = {
    time_zone: "Europe/Berlin",
    hours: { sun: ["01:00-02:30", "02:30-02:45", "03:00-04:00"] },
  };
  const [first, last] = [at(schedule, "2026-03-29T00:00"), at(schedule, "2026-03-29T12:00")];
  expect(between(schedule, first, last)).toBe(minutes(120));
});

test("a calendar that never opens ends nothing", () => {
  const never: Schedule = { time_zone: "UTC", hours: {} };
  expect(add(never, 0, 1)).toBeUndefined();
  expect(add(never, 0, -1)).toBeUndefined();
  expect(addDays(never, 0, 1)).toBeUndefined();
  expect(nextOpening(never, 0)).toBeUndefined();
  expect(between(never, 0, 1e13)).toBe(0);
});

describe("for any calendar", () => {
  const spans = fc
    .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 6 })
    .map((quarters) => quarters.sort((one, other) => one - other).map((quarter) => quarter * 15))
    .map((edges) =>
      edges.flatMap((edge, index) => (index % 2 === 1 ? [`${clock(edges[index - 1]!)}-${clock(edge)}`] : [])),
    );
  const clock = (minute: number) =>
    [Math.floor(minute / 60), minute % 60].map((it) => String(it).padStart(2, "0")).join(":");
  const day = fc
    .integer({ min: Date.parse("2025-12-20Z") / 86_400_000, max: Date.parse("2027-01-10Z") / 86_400_000 })
    .map((it) => new Date(it * 86_400_000).toISOString().slice(0, 10));
  const schedule: fc.Arbitrary<Schedule> = fc.record({
    time_zone: fc.constantFrom(
      ...[
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Africa/Cairo",
        "Asia/Tokyo",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
      ],
    ),
    hours: fc
      .uniqueArray(fc.constantFrom("mon", "tue", "wed", "thu", "fri", "sat", "sun"), { minLength: 1 })
      .chain((days) => fc.record(Object.fromEntries(days.map((it) => [it, spans])))),
    exceptions: fc.dictionary(day, fc.oneof(fc.constant({}), fc.record({ hours: spans })), { maxKeys: 8 }),
  });
  const moment = fc
    .integer({ min: Date.parse("2025-12-20T00:00Z") / 60_000, max: Date.parse("2027-01-10T00:00Z") / 60_000 })
    .map(minutes);
  const span = fc.integer({ min: 1, max: 5 * 24 * 60 }).map(minutes);
  const runs = { numRuns: Number(process.env.TRELLIS_CASES ?? 200) };

  test("what is added is what lies between, there and back", () => {
    fc.assert(
      fc.property(schedule, moment, span, (calendar, start, given) => {
        const due = add(calendar, start, given)!;
        expect(between(calendar, start, due)).toBe(given);
        const back = add(calendar, due, -given)!;
        expect(between(calendar, back, due)).toBe(given);
        // The earliest end, and the latest beginning.
        expect(between(calendar, start, due - 1)).toBe(given - 1);
        expect(back).toBeGreaterThanOrEqual(start);
        expect(between(calendar, back + 1, due)).toBe(given - 1);
      }),
      runs,
    );
  });

  test("who begins later or has more time ends later", () => {
    fc.assert(
      fc.property(schedule, moment, moment, span, span, (calendar, one, other, less, more) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        expect(add(calendar, first, less)!).toBeLessThanOrEqual(add(calendar, last, less)!);
        expect(add(calendar, first, less)!).toBeLessThan(add(calendar, first, less + more)!);
        expect(add(calendar, add(calendar, first, less)!, more)).toBe(add(calendar, first, less + more));
      }),
      runs,
    );
  });

  test("time between is what a walk over its quarters counts", () => {
    fc.assert(
      fc.property(schedule, moment, fc.integer({ min: 0, max: 4 * 96 }), (given, start, length) => {
        const calendar = { ...given, time_zone: "Asia/Kathmandu" };
        const first = start - (start % minutes(15));
        let walked = 0;
        for (let step = 0; step < length; step++) if (openAt(calendar, first + minutes(step * 15))) walked += 15;
        expect(between(calendar, first, first + minutes(length * 15))).toBe(minutes(walked));
      }),
      runs,
    );
  });

  /** Whether a moment lies in a span of the day that the clocks show; for zones that never change their clocks. */
  function openAt({ time_zone, hours, exceptions = {} }: Schedule, when: number): boolean {
    const local = new Date(zoneOf(time_zone).shown(when));
    const date = local.toISOString().slice(0, 10);
    const weekday = (["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const)[local.getUTCDay()]!;
    const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
    const day = exceptions[date] ? (exceptions[date].hours ?? []) : (hours[weekday] ?? []);
    return day.some((it) => {
      const [from, to] = it.split("-").map((part) => Number(part.slice(0, 2)) * 60 + Number(part.slice(3)));
      return minute >= from! && minute < to!;
    });
  }
});

test("it takes no minutes' walk to count years", () => {
  const start = at(christmas, "2026-01-01T00:00");
  expect(between(christmas, start, add(christmas, start, minutes(1_000_000))!)).toBe(minutes(1_000_000));
});

test("a zone is kept while it is asked for, and goes when its name is written in ever new ways", () => {
  const first = zoneOf("Europe/Vienna");
  expect(zoneOf("Europe/Vienna")).toBe(first);
  for (let n = 0; n < 200; n++) {
    const written = [..."europe"].map((letter, at) => ((n >> at) & 1 ? letter.toUpperCase() : letter)).join("");
    zoneOf(n < 64 ? `${written}/vienna` : n < 128 ? `${written}/VIENNA` : `${written}/viennA`);
  }
  expect(zoneOf("Europe/Vienna")).not.toBe(first);
  expect(zoneOf("Europe/Vienna").shown(0)).toBe(first.shown(0));
});
