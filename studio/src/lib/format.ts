import type { DescribedField } from "engine";
import type { RecordRow } from "./api.ts";
import { words } from "./words/index.ts";

/** How a reader wants values written. */
export interface Reader {
  readonly locale: string;
  readonly timeZone: string;
  readonly currency: string;
  /** The states that a field can show. */
  stagesOf?(field: DescribedField): readonly { readonly key: string; readonly title: string }[];
}

const known = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale}${JSON.stringify(options)}`;
  const made = (known.get(key) as Intl.NumberFormat | undefined) ?? new Intl.NumberFormat(locale, options);
  known.set(key, made);
  return made;
}

function moments(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale}${JSON.stringify(options)}`;
  const made = (known.get(key) as Intl.DateTimeFormat | undefined) ?? new Intl.DateTimeFormat(locale, options);
  known.set(key, made);
  return made;
}

interface Money {
  readonly amount: string;
  readonly currency: string;
}

/** Money in its own currency; whole amounts without their empty cents. */
export function money({ amount, currency }: Money, { locale }: Reader): string {
  const whole = /^-?\d+(\.0+)?$/.test(amount);
  return numbers(locale, { style: "currency", currency, ...(whole ? { maximumFractionDigits: 0 } : {}) }).format(
    amount as unknown as number,
  );
}

/** A sum as aggregates answer it: one amount, or one for each currency. */
export function sum(value: unknown, reader: Reader): string {
  if (Array.isArray(value)) return value.map((it) => money(it as Money, reader)).join(" + ");
  if (typeof value === "object" && value !== null && "currency" in value) return money(value as Money, reader);
  return value === null || value === undefined ? "" : number(value, reader);
}

export function number(value: unknown, { locale }: Reader): string {
  return numbers(locale, { maximumFractionDigits: 12 }).format(value as number);
}

/** How large a file is, in units of a thousand: 840 byte, 12 kB, 3.4 MB. */
export function size(bytes: number, { locale }: Reader): string {
  const units = [
    ["megabyte", 1e6],
    ["kilobyte", 1e3],
    ["byte", 1],
  ] as const;
  const [unit, large] = units.find(([, it]) => bytes >= it) ?? units[2];
  const count = bytes / large;
  const unitDisplay = unit === "byte" ? "long" : "short";
  return numbers(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: count < 10 ? 1 : 0 }).format(count);
}

/** A span of seconds in its largest unit: days, hours, minutes or seconds, one place behind the point below ten. */
export function span(seconds: number, { locale }: Reader): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, length] = units.find(([, it]) => Math.abs(seconds) >= it) ?? units[seconds === 0 ? 2 : 3];
  const value = seconds / length;
  const options = {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0,
  } as const;
  return numbers(locale, options).format(value);
}

export function day(value: string, { locale }: Reader): string {
  return moments(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${value}T00:00:00Z`),
  );
}

export function moment(value: string, { locale, timeZone }: Reader): string {
  return moments(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
  }).format(new Date(value));
}

/** A month by its beginning, `2026-03`. */
export function monthName(month: string, { locale }: Reader): string {
  const first = new Date(`${month}-01T00:00:00Z`);
  return moments(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(first);
}

/** The day of the week of a day, in short. */
export function weekdayName(day: string, { locale }: Reader): string {
  return moments(locale, { weekday: "short", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/** The time of day of a moment. */
export function clock(value: string, { locale, timeZone }: Reader): string {
  return moments(locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(value));
}

/** The title of a choice, as its field has it. */
export function choiceTitle(field: DescribedField, value: unknown): string {
  return field.choices?.find((choice) => choice.value === value)?.title ?? String(value);
}

/** A value in words, for places that show text alone. */
export function plain(field: DescribedField, value: unknown, reader: Reader, name?: string | null): string {
  if (value === null || value === undefined || value === "") return "";
  if (field.targets.length > 0) return name ?? (typeof value === "object" && "name" in value ? String(value.name) : "");
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (field.field === "select") return choiceTitle(field, value);
  if (field.field === "state") return reader.stagesOf?.(field).find(({ key }) => key === value)?.title ?? String(value);
  if (Array.isArray(value)) return value.map((it) => choiceTitle(field, it)).join(", ");
  if (typeof value === "object")
    return "currency" in value && "amount" in value ? money(value as Money, reader) : JSON.stringify(value);
  if (isWorth(field)) return money({ amount: String(value), currency: reader.currency }, reader);
  const kind = kindOf(field);
  if (kind === "date") return day(String(value), reader);
  if (kind === "date_time") return moment(String(value), reader);
  if (kind === "percent") return `${number(value, reader)} %`;
  if (kind === "integer" || kind === "decimal" || kind === "number") return number(value, reader);
  return String(value);
}

/** Whether a number is an amount in the currency of the workspace. */
const isWorth = ({ field, currency, measure }: DescribedField) =>
  field === "rollup" && currency !== undefined && measure !== "unrated";

/** What a value is read as: what is worked out is what it results in. */
const kindOf = ({ field, result = "number" }: DescribedField) =>
  field === "formula" || field === "rollup" ? result : field;

/** The name of what a reference of a record points at. */
export function nameOf(record: RecordRow, field: string): string | null {
  return record._names?.[field] ?? null;
}
