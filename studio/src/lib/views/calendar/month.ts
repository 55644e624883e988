import { dayIn, zoneOf } from "engine";

/**
 * Days are ISO 8601 dates (`2026-03-01`), months their beginnings (`2026-03`); days of the week count from 1, Monday.
 * Arithmetic is that of the Gregorian calendar in UTC: a zone matters only where a moment becomes a day, or a day a moment.
 */

const dayMs = 86_400_000;

const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The day so many days later. */
export function plusDays(day: string, days: number): string {
  return iso(utc(day) + days * dayMs);
}

/** The day so many months later: the last of its month, where that has no such day. */
export function plusMonths(day: string, months: number): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return iso(Date.UTC(year, month - 1 + months, Math.min(date, last)));
}

/** The weeks in which a day's month lies, each beginning with a day of the week. */
export function weeksOf(day: string, weekStart: number): readonly (readonly string[])[] {
  const first = `${day.slice(0, 7)}-01`;
  const before = (weekDay(first) - weekStart + 7) % 7;
  const lasts = utc(plusMonths(first, 1)) - utc(first);
  const weeks = Math.ceil((before + lasts / dayMs) / 7);
  const start = plusDays(first, -before);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, at) => plusDays(start, week * 7 + at)),
  );
}

function weekDay(day: string): number {
  return new Date(utc(day)).getUTCDay() || 7;
}

/** Whether a text is a day that there is. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(utc(text)) && iso(utc(text)) === text;
}

/** The day of a value: a date is one, a moment falls on one in a zone. */
export function dayOf(value: unknown, zone: string): string | undefined {
  if (typeof value !== "string") return undefined;
  return isDay(value) ? value : dayIn(zone, new Date(value));
}

/** The moment at which a clock of a zone shows a time of a day. Where the clock jumps over it, as much later. */
export const momentAt = (day: string, time: string, zone: string): string =>
  new Date(zoneOf(zone).moment(Date.parse(`${day}T${time}Z`))).toISOString();

/** The time of the clock of a zone: `09:30:00.000`. */
const timeIn = (ms: number, zone: string): string => new Date(zoneOf(zone).shown(ms)).toISOString().slice(11, 23);

const morning = "09:00:00";

/** A value that lies on a day: a moment keeps its time of day; where there is none yet, it is nine in the morning. */
export function onDay(field: string, value: unknown, day: string, zone: string): string {
  if (field === "date") return day;
  return momentAt(day, typeof value === "string" ? timeIn(Date.parse(value), zone) : morning, zone);
}

/** The condition that a value lies on one of the days from the first to the last. */
export function within(path: string, field: string, first: string, last: string, zone: string): string {
  const bound = (day: string) => (field === "date" ? `'${day}'` : `timestamp('${momentAt(day, "00:00:00", zone)}')`);
  return `${path} >= ${bound(first)} && ${path} < ${bound(plusDays(last, 1))}`;
}
