import { dayNumber, dayText } from "../calendar/hours.ts";
import type { FiscalYear, Grain } from "../report.ts";

/** Parts of dates that follow each other; hours are parts of days. */
export type Unit = "day" | "week" | "month" | "quarter" | "year";

const monthsOf: Readonly<Partial<Record<Unit, number>>> = { month: 1, quarter: 3, year: 12 };

/** How many months lie between a date and the one by which its quarter and year are called. */
const offset = (unit: Unit, fiscal: FiscalYear | undefined): number => {
  if (!fiscal || fiscal.month === 1 || unit === "month") return 0;
  return fiscal.named === "first" ? 1 - fiscal.month : 13 - fiscal.month;
};

/** Months since the year 0, and back. */
const monthIndex = (day: number): number => {
  const date = new Date(day * 86_400_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const monthStart = (index: number): number =>
  new Date(0).setUTCFullYear(Math.floor(index / 12), index - Math.floor(index / 12) * 12, 1) / 86_400_000;

/** 1970-01-05, a Monday. */
const monday = 4;

/** The number of the part in which a day lies, counted through all years. */
export function partOf(day: number, unit: Unit, fiscal?: FiscalYear): number {
  const months = monthsOf[unit];
  if (months !== undefined) return Math.floor((monthIndex(day) + offset(unit, fiscal)) / months);
  return unit === "week" ? Math.floor((day - monday) / 7) : day;
}

/** The first day of a part. */
export function startOfPart(part: number, unit: Unit, fiscal?: FiscalYear): number {
  const months = monthsOf[unit];
  if (months !== undefined) return monthStart(part * months - offset(unit, fiscal));
  return unit === "week" ? part * 7 + monday : part;
}

/** What a part is called in the rows of an answer: `2026-03`, `2026-W09`, `FY2026-Q4`. */
export function partName(part: number, unit: Unit, fiscal?: FiscalYear): string {
  const prefix = offset(unit, fiscal) === 0 ? "" : "FY";
  const year = (it: number) => String(it).padStart(4, "0");
  if (unit === "year") return `${prefix}${year(part)}`;
  if (unit === "quarter") return `${prefix}${year(Math.floor(part / 4))}-Q${part - Math.floor(part / 4) * 4 + 1}`;
  if (unit === "month") return dayText(startOfPart(part, unit)).slice(0, 7);
  if (unit === "day") return dayText(part);
  // The week belongs to the year of its Thursday.
  const thursday = startOfPart(part, "week") + 3;
  const first = dayNumber(`${dayText(thursday).slice(0, 4)}-01-01`);
  return `${dayText(thursday).slice(0, 4)}-W${String(Math.floor((thursday - first) / 7) + 1).padStart(2, "0")}`;
}

/** The part of a name, `undefined` where it is none. */
export function readPart(name: string, unit: Unit, fiscal?: FiscalYear): number | undefined {
  const found = /^(?:FY)?(\d{4})(?:-(?:Q(\d)|W(\d\d)|(\d\d)(?:-(\d\d))?))?$/.exec(name);
  if (!found) return undefined;
  const [, year = "", quarter, week, month, day] = found;
  if (unit === "year") return Number(year);
  if (unit === "quarter" && quarter) return Number(year) * 4 + Number(quarter) - 1;
  if (unit === "week" && week) return partOf(dayNumber(`${year}-01-04`), "week") + Number(week) - 1;
  if (unit === "month" && month) return partOf(dayNumber(`${year}-${month}-01`), "month", fiscal);
  return unit === "day" && day ? dayNumber(name) : undefined;
}

/** The part of a name so many units later: what is compared with it. */
export function shiftPart(
  name: string,
  grain: Unit,
  shift: { readonly shift: number; readonly unit: Unit },
  fiscal?: FiscalYear,
): string {
  const part = readPart(name, grain, fiscal);
  if (part === undefined) return name;
  return partName(partOf(shiftDay(startOfPart(part, grain, fiscal), shift), grain, fiscal), grain, fiscal);
}

/** A day so many units later. A month later the same day of the month, or its last; a year of weeks has 52 of them. */
export function shiftDay(day: number, { shift, unit }: { readonly shift: number; readonly unit: Unit }): number {
  const months = monthsOf[unit];
  if (months === undefined) return day + shift * (unit === "week" ? 7 : 1);
  const index = monthIndex(day);
  const [start, end] = [monthStart(index + shift * months), monthStart(index + shift * months + 1)];
  return Math.min(start + (day - monthStart(index)), end - 1);
}

/** Whether the parts of a grain fall on each other when they are moved by units of another. */
export function fits(grain: Grain, unit: Unit): boolean {
  const order: readonly Unit[] = ["month", "quarter", "year"];
  if (grain === "day") return true;
  if (grain === "week") return unit === "week";
  return order.includes(grain as Unit) && order.indexOf(unit) >= order.indexOf(grain as Unit);
}
