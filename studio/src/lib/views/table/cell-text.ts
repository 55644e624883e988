import { fieldTypes, type DescribedField, type FieldType, type ReadHints } from "engine";
import { number, plain, type Reader } from "#lib/format.ts";

/** How somebody writes values as text: by her language, her clock, and her words for yes and no. */
export interface Hand extends Reader {
  readonly yes: string;
  readonly no: string;
}

/** What a text of a cell says: a value, the name of a record that a reference points at, or nothing that can be read. */
export type ReadCell =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "unreadable" };

const orders: Readonly<Record<string, ReadHints["dates"]>> = {
  "day month year": "dmy",
  "month day year": "mdy",
  "year month day": "ymd",
};

/** How a language writes decimals and the order of a date. */
export function hintsOf({ locale, timeZone, currency }: Reader): ReadHints {
  const decimal = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value;
  const parts = new Intl.DateTimeFormat(locale, { dateStyle: "short" }).formatToParts(0).map(({ type }) => type);
  const order = parts.filter((type) => ["day", "month", "year"].includes(type)).join(" ");
  return { currency, zone: timeZone, decimal: decimal === "," ? "," : ".", dates: orders[order] ?? "ymd" };
}

/** Reads a text as a value of a field; an empty one empties it. Amounts without a currency are in the reader's. */
export function readCell(field: DescribedField, written: string, hand: Hand): ReadCell {
  const text = written.trim();
  if (text === "") return { kind: "value", value: null };
  const type: FieldType<any> | undefined = fieldTypes[field.field as keyof typeof fieldTypes];
  const own = ownWords(field, text, hand);
  const value = type?.read ? type.read(own, field as never, hintsOf(hand)) : own;
  if (value !== undefined) return { kind: "value", value };
  return field.targets.length > 0 ? { kind: "name", name: text } : { kind: "unreadable" };
}

/** A text in the words that every file understands: the reader's own yes and no, signs of her currency, dates as shown. */
function ownWords({ field }: DescribedField, text: string, { yes, no, locale, currency }: Hand): string {
  const same = (word: string) => text.toLowerCase() === word.toLowerCase();
  if (field === "boolean") return same(yes) ? "true" : same(no) ? "false" : text;
  if (field === "money") return text.replace(signOf(currency, locale), ` ${currency} `);
  if (field !== "date" && field !== "date_time") return text;
  return text
    .replace(/^([a-z]{3})[a-z]*\.? (\d{1,2}), (\d{4})/i, "$2 $1 $3")
    .replace(/^(\d{4})年(\d{1,2})月(\d{1,2})日/, "$1-$2-$3");
}

function signOf(currency: string, locale: string): string {
  const parts = new Intl.NumberFormat(locale, { style: "currency", currency }).formatToParts(0);
  return parts.find(({ type }) => type === "currency")?.value ?? currency;
}

const two = (part: number) => String(part).padStart(2, "0");

/** A moment on the clocks of a zone: what spreadsheets take for a moment. */
function clock(value: string, timeZone: string): string {
  const options = { timeZone, hourCycle: "h23", dateStyle: "short", timeStyle: "medium" } as const;
  const parts = new Intl.DateTimeFormat("en-GB", options).formatToParts(new Date(value));
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return `${of("year")}-${two(of("month"))}-${two(of("day"))} ${two(of("hour"))}:${two(of("minute"))}:${two(of("second"))}`;
}

/** A value as a text that `readCell` reads back, and that a spreadsheet takes for what it is. */
export function writeCell(field: DescribedField, value: unknown, hand: Hand, name?: string | null): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? hand.yes : hand.no;
  if (field.field === "date") return String(value);
  if (field.field === "date_time") return clock(String(value), hand.timeZone);
  if (field.field === "multi_select") return plain(field, value, hand).replaceAll(", ", "; ");
  if (typeof value === "object" && "amount" in value && "currency" in value) {
    const { amount, currency } = value as { amount: string; currency: string };
    return currency === hand.currency ? number(amount, hand) : `${number(amount, hand)} ${currency}`;
  }
  return plain(field, value, hand, name);
}

/** The rows and cells of what a spreadsheet puts on the clipboard. Cells in quotes may hold tabs and line breaks. */
export function readBlock(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const cells = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/gy;
  for (const [all, quoted, bare = "", end] of text.matchAll(cells)) {
    if (all === "" && rows.at(-1)!.length === 0) break;
    rows.at(-1)!.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === "") break;
    if (end !== "\t") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

/** Rows and cells as spreadsheets read them from the clipboard. */
export function writeBlock(rows: readonly (readonly string[])[]): string {
  const quoted = (text: string) => (/["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(quoted).join("\t")).join("\n");
}
