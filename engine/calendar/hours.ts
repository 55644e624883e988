import type { CalendarDocument, WeekHours } from "schemas";
import { zoneOf, type Zone } from "./zone.ts";

/** What business time is counted by: the part of a calendar that says when it is open. */
export type Schedule = Pick<CalendarDocument, "time_zone" | "hours" | "later" | "exceptions">;

/** Minutes of a local day: from the first up to, without, the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A calendar made ready to count in. Days are whole days since 1970-01-01, as its zone shows them. */
export interface Hours {
  readonly zone: Zone;
  readonly spansOn: (day: number) => readonly Span[];
}

export const dayMs = 86_400_000;
export const minuteMs = 60_000;

/** The days of the week as a calendar names them; 1970-01-01 was a Thursday. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const satisfies (keyof WeekHours)[];

/** The number of a day that is written as `2026-12-24`. */
export const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / dayMs;

/** The day of a number, as it is written. */
export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The weekday of a day. */
export const weekdayOf = (day: number): (typeof weekdays)[number] => weekdays[(((day + 3) % 7) + 7) % 7]!;

/** Reads `09:00-17:30`. */
export function readSpan(text: string): Span {
  const [from = 0, to = 0] = text.split("-").map(readClock);
  return { from, to };
}

/** The minute of the day that is written as `09:00`. */
export function readClock(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Writes a span as calendars have it. */
export const spanText = ({ from, to }: Span): string => `${clockText(from)}-${clockText(to)}`;

/** Writes a minute of the day: `09:00`. */
export const clockText = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");

const known = new WeakMap<Schedule, Hours>();

/** Reads a calendar, once. */
export function hoursOf(schedule: Schedule): Hours {
  const hours = known.get(schedule) ?? readHours(schedule);
  known.set(schedule, hours);
  return hours;
}

function readHours({ time_zone, hours, later = {}, exceptions = {} }: Schedule): Hours {
  const weeks = [
    { from: -Infinity, days: readWeek(hours) },
    ...Object.entries(later).map(([day, week]) => ({ from: dayNumber(day), days: readWeek(week) })),
  ].sort((one, other) => one.from - other.from);
  const special = new Map(
    Object.entries(exceptions).map(([day, { hours: spans = [] }]) => [dayNumber(day), spans.map(readSpan)]),
  );
  const weekOf = (day: number) => weeks.findLast(({ from }) => from <= day)!.days;
  return { zone: zoneOf(time_zone), spansOn: (day) => special.get(day) ?? weekOf(day).get(weekdayOf(day)) ?? [] };
}

const readWeek = (week: WeekHours): ReadonlyMap<string, readonly Span[]> =>
  new Map(Object.entries(week).map(([day, spans]) => [day, spans.map(readSpan)]));
