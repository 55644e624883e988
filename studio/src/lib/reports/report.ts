import { reports } from "engine";
import { day, monthName, number, span, sum } from "#lib/format.ts";
import type { Reader } from "#lib/format.ts";
import { words } from "#lib/words/index.ts";

export type Answer = reports.ReportAnswer;
export type Column = reports.ReportColumn;
export type Row = reports.ReportRow;

/** What is measured and shown. */
export const measuresOf = ({ columns }: Answer): readonly Column[] =>
  columns.filter(({ role, hidden }) => role === "measure" && !hidden);

/** What it is measured by. */
export const dimensionsOf = ({ columns }: Answer): readonly Column[] =>
  columns.filter(({ role }) => role === "dimension");

/** A report as screens show it: columns that the engine names itself have their words. */
export function spoken(answer: Answer): Answer {
  if (!["customers", "waterfall", "attribution"].includes(answer.kind)) return answer;
  const named: Readonly<Record<string, string>> =
    answer.kind === "customers" ? words.customerColumns : words.formColumns;
  const bars: Readonly<Record<string, string>> = words.fallNames;
  const columns = answer.columns.map((it) => ({
    ...it,
    title: it.title === it.id ? (named[it.id] ?? it.title) : it.title,
  }));
  if (answer.kind !== "waterfall") return { ...answer, columns };
  const rows = answer.rows.map((row) => ({
    ...row,
    labels: { ...row.labels, step: bars[String(row.keys.step)] ?? String(row.keys.step) },
  }));
  return { ...answer, columns, rows };
}

/** Where the records of a cell are listed; nothing where no list shows just them. */
export function hrefOf(answer: Answer, row: Row, column: Column): string | undefined {
  const block = column.block ?? 0;
  const [entity, drill] = [answer.entities[block], row.drill[block]];
  if (entity === undefined || drill === null || drill === undefined || drill === "false") return undefined;
  const filter = reports.together([drill === "true" ? undefined : drill, column.where]);
  return listed(entity, filter);
}

/** A value of a dimension as people read it. */
export function labelOf(row: Row, column: Column, reader: Reader): string {
  const label = row.labels[column.id];
  const key = row.keys[column.id];
  if (label === null || label === undefined)
    return key === null || key === undefined ? words.noValue : words.hiddenName;
  if (column.grain !== undefined) return partLabel(label, column.grain, reader);
  if (column.type === "boolean") return label === "true" ? words.yes : words.no;
  return column.type === "date" ? day(label, reader) : label;
}

/** The name of a part of a date: `2026-03`, `FY2026-Q4`. */
export function partLabel(name: string, grain: string, reader: Reader): string {
  const [, fiscal, year = "", rest = ""] = /^(FY)?(\d{4})-?(.*)$/.exec(name) ?? [];
  if (grain === "day") return day(name, reader);
  if (grain === "month") return monthName(name, reader);
  if (grain === "hour") return `${day(name.slice(0, 10), reader)} ${name.slice(11)}:00`;
  if (grain === "quarter") return words.quarterName(year, rest.slice(1), fiscal !== undefined);
  if (grain === "week") return words.weekName(year, rest.slice(1));
  return fiscal === undefined ? year : words.fiscalYearName(year);
}

/** A measure in words. */
export function valueText(value: unknown, { type, show, empty }: Column, reader: Reader): string {
  if (value === null || value === undefined) return empty ?? "–";
  if (Array.isArray(value) || typeof value === "object") return sum(value, reader);
  if (show === "percent") return percent(Number(value), reader);
  if (show === "days") return `${number(rounded(Number(value) / 86_400), reader)} ${words.daysShort}`;
  if (show === "hours") return `${number(rounded(Number(value) / 3600), reader)} ${words.hoursShort}`;
  if (type === "duration") return span(Number(value), reader);
  return type === "number" ? number(rounded(Number(value)), reader) : String(value);
}

const rounded = (value: number) => Math.round(value * 100) / 100;

export function percent(value: number, { locale }: Reader): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(value);
}

/** A measure in few signs, for labels in a chart: of amounts, where a currency is named, what is in that. */
export function shortText(value: unknown, column: Column, reader: Reader, currency?: string): string {
  const number = numberOf(value, column, currency);
  if (number === null) return "";
  if (column.show === "percent") return percent(number, reader);
  return new Intl.NumberFormat(reader.locale, { notation: "compact", maximumFractionDigits: 1 }).format(number);
}

/**
 * A measure as a number to be drawn: of amounts, where a currency is named, what is in that. None where there is none,
 * and where it is in several currencies.
 */
export function numberOf(told: unknown, { show }: Column, currency?: string): number | null {
  const value = reports.partIn(currency, told);
  if (value === null || value === undefined || Array.isArray(value)) return null;
  const number = Number(typeof value === "object" && "amount" in value ? value.amount : value);
  if (Number.isNaN(number)) return null;
  return show === "days" ? number / 86_400 : show === "hours" ? number / 3600 : number;
}

/** In what a measure is: its currency, days, hours. */
export function unitOf(answer: Answer, { id, show, type }: Column): string {
  if (show === "days") return words.daysShort;
  if (show === "hours") return words.hoursShort;
  if (show === "percent") return "%";
  if (type !== "money") return "";
  if (answer.currency !== undefined) return answer.currency;
  const currencies = answer.rows.flatMap(({ values }) => {
    const value = values[id] as { currency?: string } | null;
    return value?.currency ?? [];
  });
  return [...new Set(currencies)].join(", ");
}

/**
 * Whether the amounts that a chart would draw are in several currencies: they stand on no axis together. Where a report
 * tells all in one, what has no rate stands on none.
 */
export function severalCurrencies(answer: Answer): boolean {
  const [first, ...others] = measuresOf(answer);
  if (answer.currency !== undefined || first?.type !== "money") return false;
  const ids = [first, ...others.filter(({ type }) => type === "money")].map(({ id }) => id);
  const amounts = [...answer.rows, answer.totals].flatMap(({ values }) => ids.flatMap((id) => values[id] ?? []));
  return new Set(amounts.map((it) => (it as { currency?: string }).currency)).size > 1;
}

/** What is said of the records whose amounts have no rate, and where they are listed. */
export interface UnratedNote {
  readonly titles: string;
  readonly text: string;
  readonly href?: string;
}

/** Of how many records amounts have no rate, now and before: once for all measures that say it of the same records. */
export function unratedNotes(answer: Answer, reader: Reader): readonly UnratedNote[] {
  const told = ({ id, block = 0 }: Column) => {
    const [now, before] = [answer.unrated?.[id], answer.unrated_before?.[id]].map(
      (count) => count && words.whole.unrated(number(count, reader)),
    );
    const text = [now, before && words.comparedWith(before)].filter(Boolean).join(" · ");
    const [entity, filter] = [answer.entities[block], answer.unrated_drill?.[id]];
    return { text, ...(entity && filter ? { href: listed(entity, filter) } : {}) };
  };
  const notes = measuresOf(answer).map((column) => ({ title: column.title, ...told(column) }));
  const some = notes.filter(({ text }) => text !== "");
  return [...Map.groupBy(some, ({ text, href }) => JSON.stringify([text, href])).values()].map((them) => {
    const { title: _title, ...said } = them[0]!;
    return { ...said, titles: them.map(({ title }) => title).join(", ") };
  });
}

const listed = (entity: string, filter: string) =>
  `/${entity}?${new URLSearchParams({ view: "all", ...(filter === "" ? {} : { filter }) })}`;

/** How much a measure differs from that of the time that is compared; nothing where one of both is none, or in another currency. */
export function changeOf({ currency }: Answer, row: Row, column: Column): number | undefined {
  const told = [row.values[column.id], row.before?.[column.id]].map((it) => reports.partIn(currency, it));
  const [one, other] = told.map((it) => (it as { currency?: string } | null | undefined)?.currency);
  const [now, then] = told.map((it) => numberOf(it, column));
  if (now === null || now === undefined || then === null || then === undefined || then === 0) return undefined;
  if (one !== other) return undefined;
  return column.show === "percent" ? now - then : (now - then) / Math.abs(then);
}

/** Two dimensions as a grid: the values of one above, of the other at the side. */
export function gridOf(answer: Answer, across: Column) {
  const down = dimensionsOf(answer).filter((it) => it !== across);
  const keyOf = (row: Row, columns: readonly Column[]) => JSON.stringify(columns.map(({ id }) => row.keys[id]));
  const heads = new Map(answer.rows.map((row) => [keyOf(row, [across]), row]));
  const lines = Map.groupBy(answer.rows, (row) => keyOf(row, down));
  return {
    down,
    heads: [...heads].map(([key, row]) => ({ key, row })),
    lines: [...lines].map(([key, rows]) => ({
      key,
      row: rows[0]!,
      cells: new Map(rows.map((row) => [keyOf(row, [across]), row])),
    })),
  };
}

/** The dimension that stands above a matrix, where a report is one. */
export function acrossOf(answer: Answer): Column | undefined {
  const { columns: [named] = [] } = answer.layout as { columns?: readonly string[] };
  const dimensions = dimensionsOf(answer);
  if (dimensions.length < 2) return undefined;
  return dimensions.find(({ id }) => id === named) ?? dimensions.at(-1);
}
