import { zoneNamed, zoneOf } from "../calendar/zone.ts";
import type { ReadHints } from "./field-type.ts";

const orders = { dmy: [2, 1, 0], mdy: [2, 0, 1], ymd: [0, 1, 2] } as const;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Whether a text is a day of the calendar, from the year 1 to 9999: what PostgreSQL's `date` keeps under that name. */
export function isDay(text: string): boolean {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

/** Whether a text is a moment with its offset (RFC 3339, no leap seconds), within the years 1 to 9999 in UTC. */
export function isMoment(text: string): boolean {
  const parts =
    /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/.exec(text);
  if (!parts || !isDay(parts[1] ?? "")) return false;
  const year = new Date(text.toUpperCase()).getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** A moment as it travels: UTC, with milliseconds. */
export function normalMoment(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return text;
  return new Date(text.toUpperCase()).toISOString();
}

/**
 * A day of a file. ISO 8601 is always understood, the rest by the order that the hints name; a year has four digits.
 * A time of midnight behind it, as spreadsheets write it, is dropped.
 */
export function readDay(written: string, { dates }: Pick<ReadHints, "dates">): string | undefined {
  const bare = written.trim().replace(/[T ]00:00(:00(\.0+)?)?Z?$/, "");
  if (/^\d{4}-\d\d?-\d\d?$/.test(bare)) return day(bare.split("-").map(Number), "ymd");
  const worded = /^(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ -](\d{4})$/i.exec(bare);
  if (worded) {
    const month = months.indexOf((worded[2] ?? "").toLowerCase()) + 1;
    return day([Number(worded[1]), month, Number(worded[3])], "dmy");
  }
  const parts = /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})\.?$/.exec(bare);
  if (!parts) return undefined;
  const texts = [parts[1] ?? "", parts[3] ?? "", parts[4] ?? ""];
  const yearFirst = texts[0]?.length === 4;
  const order = yearFirst ? "ymd" : dates;
  return texts[orders[order][0]]?.length === 4 ? day(texts.map(Number), order) : undefined;
}

/** A moment of a file. Without an offset of its own it is the time on the clocks of the hinted zone. */
export function readMoment(written: string, hints: Pick<ReadHints, "dates" | "zone">): string | undefined {
  const iso = written.trim().replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, "$1T");
  if (isMoment(iso)) return normalMoment(iso);
  const parts = /^(.{1,40}?)(?:[T ,]{1,3}(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s?(am|pm)?)?$/i.exec(
    written.trim(),
  );
  const on = parts && readDay(parts[1] ?? "", hints);
  if (!on) return undefined;
  const half = (parts[5] ?? "").toLowerCase();
  const hour = Number(parts[2] ?? 0);
  if (half && (hour < 1 || hour > 12)) return undefined;
  const hours = half ? (hour % 12) + (half === "pm" ? 12 : 0) : hour;
  const at = `${on}T${two(hours)}:${parts[3] ?? "00"}:${parts[4] ?? "00"}Z`;
  return isMoment(at) && zoneNamed(hints.zone) !== undefined
    ? new Date(zoneOf(hints.zone).moment(Date.parse(at))).toISOString()
    : undefined;
}

function day(parts: readonly number[], order: keyof typeof orders): string | undefined {
  const [year, month, on] = orders[order].map((at) => parts[at] ?? 0);
  const text = `${String(year).padStart(4, "0")}-${two(month ?? 0)}-${two(on ?? 0)}`;
  return isDay(text) ? text : undefined;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const two = (number: number) => String(number).padStart(2, "0");
