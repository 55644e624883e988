import { dayText, readSpan, spanText, weekdays } from "engine";
import type { CalendarDocument, CalendarException, WeekHours } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

/** A holiday as the server knows it. */
export interface Holiday {
  readonly date: string;
  readonly title: string;
  readonly type: "public" | "bank" | "optional" | "school" | "observance";
  readonly from?: string;
}

/** A place with holidays of its own. */
export interface HolidayPlace {
  readonly code: string;
  readonly title: string;
}

export type Weekday = (typeof weekdays)[number];

/** A new calendar of office hours, for others to follow. */
export function newCalendar(title: string, zone: string, taken: readonly string[]): CalendarDocument {
  const office = () => ["09:00-17:00"];
  return {
    $schema: "urn:trellis:calendar:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("cal"),
    title,
    time_zone: zone,
    hours: { mon: office(), tue: office(), wed: office(), thu: office(), fri: office() },
  };
}

/**
 * Reads hours as people write them: `9-17`, `8:30 - 12, 13.30–18`, `22-24`. Nothing written is closed; undefined is what
 * cannot be read.
 */
export function readHours(text: string): string[] | undefined {
  const parts = text.split(/[,;]/).map((part) => part.trim());
  if (parts.every((part) => part === "")) return [];
  const spans = parts.map((part) => {
    const [, fromHour, fromMinute = "0", toHour, toMinute = "0"] =
      /^(\d{1,2})(?:[:.](\d\d))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d\d))?$/.exec(part) ?? [];
    const [from, to] = [minuteOf(fromHour, fromMinute), minuteOf(toHour, toMinute)];
    return from < 1440 && to <= 1440 ? spanText({ from, to }) : undefined;
  });
  return spans.every((span) => span !== undefined) ? spans : undefined;
}

/** Writes hours as one reads them. */
export const writeHours = (spans: readonly string[] = []): string => spans.join(", ");

const minuteOf = (hour = "99", minute = "0") => (Number(minute) < 60 ? Number(hour) * 60 + Number(minute) : Infinity);

/** The minutes that spans are open for. */
export const openMinutes = (spans: readonly string[]): number =>
  spans.map(readSpan).reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);

/** A week with other hours on one of its days. */
export function withHours(week: WeekHours, day: Weekday, spans: string[]): WeekHours {
  const { [day]: _, ...rest } = week;
  const next: WeekHours = spans.length === 0 ? rest : { ...rest, [day]: spans };
  return Object.fromEntries(weekdays.flatMap((it) => (next[it] ? [[it, next[it]]] : [])));
}

/** A calendar with other days that differ; nothing is said of them where there are none. */
export function withExceptions(
  { exceptions: _, ...document }: CalendarDocument,
  exceptions: Readonly<Record<string, CalendarException>>,
): CalendarDocument {
  const days = Object.entries(exceptions).sort(([one], [other]) => (one < other ? -1 : 1));
  return days.length === 0 ? document : { ...document, exceptions: Object.fromEntries(days) };
}

/**
 * Takes holidays of a place in: those that were taken of it before in the same years go, days that somebody wrote
 * herself stay as they are. A holiday that begins in the course of a day leaves the hours before.
 */
export function withHolidays(
  document: CalendarDocument,
  place: string,
  years: readonly number[],
  taken: readonly Holiday[],
) {
  const own = Object.entries(document.exceptions ?? {}).filter(
    ([day, { holiday }]) => holiday !== place || !years.includes(Number(day.slice(0, 4))),
  );
  const given = taken.map(({ date, title, from }): [string, CalendarException] => {
    const hours = from === undefined ? [] : until(from, document.hours[weekdayOf(date)] ?? []);
    return [date, { title: title.slice(0, 80), ...(hours.length > 0 ? { hours } : {}), holiday: place }];
  });
  return withExceptions(document, Object.fromEntries([...given, ...own]));
}

/** The weekday of a day, as calendars name it. */
export const weekdayOf = (day: string): Weekday =>
  weekdays[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7] as Weekday;

function until(clock: string, spans: readonly string[]): string[] {
  const end = readSpan(`${clock}-24:00`).from;
  return spans.map(readSpan).flatMap(({ from, to }) => (from < end ? [spanText({ from, to: Math.min(to, end) })] : []));
}

/** The days from one on, as they are written. */
export const daysFrom = (first: number, count: number): readonly { readonly number: number; readonly day: string }[] =>
  Array.from({ length: count }, (_, at) => ({ number: first + at, day: dayText(first + at) }));
