import type { ReportPeriod } from "schemas";
import { dayMs, dayNumber, dayText } from "../calendar/hours.ts";
import { zoneOf } from "../calendar/zone.ts";
import type { FiscalYear } from "../report.ts";
import { partOf, shiftDay, startOfPart, type Unit } from "./buckets.ts";

/** Days from the first up to, without, the last. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

/** The days that a period means on some day. `undefined` where it has no beginning and no end. */
export function daysOf(period: ReportPeriod, today: string, fiscal: FiscalYear | undefined): Days | undefined {
  const { unit, from = 0, to = 0, first, last } = period;
  if (unit !== undefined) {
    const now = partOf(dayNumber(today), unit, fiscal);
    const [begin, end] = [now + Math.min(from, to), now + Math.max(from, to)];
    return { from: startOfPart(begin, unit, fiscal), to: startOfPart(end + 1, unit, fiscal) };
  }
  if (first === undefined || last === undefined) return undefined;
  return { from: dayNumber(first), to: dayNumber(last) + 1 };
}

/** The last moment before a day begins in a zone. */
export const lastBefore = (day: number, zone: string): string =>
  new Date(zoneOf(zone).moment(day * dayMs) - 1).toISOString();

/** Days as an answer names them: the first and the last. */
export const namedDays = ({ from, to }: Days) => ({ first: dayText(from), last: dayText(to - 1) });

/** The same days so many units later. */
export function shifted({ from, to }: Days, by: { readonly shift: number; readonly unit: Unit }): Days {
  return { from: shiftDay(from, by), to: shiftDay(to, by) };
}

const longest = { day: 1, week: 7, month: 31, quarter: 92, year: 366 } as const satisfies Record<Unit, number>;

/** By how much days that were not designed are compared: as many times what was designed as keeps clear of them. */
export function clearOf({ from, to }: Days, by: { readonly shift: number; readonly unit: Unit }) {
  if (by.shift === 0) return by;
  const isClear = (days: Days) => days.to <= from || days.from >= to;
  let times = Math.max(1, Math.floor((to - from) / (Math.abs(by.shift) * longest[by.unit])));
  while (!isClear(shifted({ from, to }, { ...by, shift: by.shift * times }))) times++;
  return { ...by, shift: by.shift * times };
}
