import { Cache } from "../cache.ts";
import { dayMs, hoursOf, minuteMs, type Schedule } from "./hours.ts";
import { startOf } from "./zone.ts";

/** How far ahead an opening is looked for. A calendar that opens no more within it never does. */
const yearsMax = 100;
/** Moments may lie in any year; so many of a calendar are kept at once. */
const yearsMost = 200;

/** The stretches of a year (in UTC) in which a calendar is open, apart and in their order. */
interface OpenYear {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Open time of the year before each stretch. */
  readonly before: readonly number[];
  readonly total: number;
}

const openYears = new WeakMap<Schedule, Cache<OpenYear, number>>();
const workingYears = new WeakMap<Schedule, Cache<readonly number[], number>>();

/** Whether a calendar is open at a moment: from the first moment of a span up to, without, its last. */
export function isOpen(schedule: Schedule, moment: number): boolean {
  const { starts, ends } = openIn(schedule, yearAt(moment));
  const at = lastUpTo(starts, moment);
  return at >= 0 && moment < ends[at]!;
}

/** The first moment from this one on at which a calendar is open; undefined where it opens no more. */
export function nextOpening(schedule: Schedule, moment: number): number | undefined {
  const first = yearAt(moment);
  for (let year = first; year < first + yearsMax; year++) {
    const { starts, ends } = openIn(schedule, year);
    const at = ends[lastUpTo(starts, moment)]! > moment ? lastUpTo(starts, moment) : lastUpTo(starts, moment) + 1;
    if (at < starts.length) return Math.max(moment, starts[at]!);
  }
  return undefined;
}

/** The open time from a moment to another, in elapsed milliseconds; negative where the other lies before it. */
export function between(schedule: Schedule, from: number, to: number): number {
  if (to < from) return -between(schedule, to, from);
  const [first, last] = [yearAt(from), yearAt(to)];
  let sum = openBefore(openIn(schedule, last), to) - openBefore(openIn(schedule, first), from);
  for (let year = first; year < last; year++) sum += openIn(schedule, year).total;
  return sum;
}

/** The stretches of some years in which a calendar is open, one after the other, and the open time before each. */
export function stretches(schedule: Schedule, first: number, last: number): Omit<OpenYear, "total"> {
  const years = Array.from({ length: last - first + 1 }, (_, at) => openIn(schedule, first + at));
  let total = 0;
  const before = years.flatMap((year) => {
    const sum = total;
    total += year.total;
    return year.before.map((it) => sum + it);
  });
  return { starts: years.flatMap(({ starts }) => starts), ends: years.flatMap(({ ends }) => ends), before };
}

/**
 * The moment that lies so much open time (milliseconds) after another: the earliest there is, so what is used up at
 * closing time ends there and not at the next opening. A negative span leads back, to the latest moment there is.
 * Undefined where a calendar is not open for so long any more.
 */
export function add(schedule: Schedule, moment: number, span: number): number | undefined {
  if (span === 0) return moment;
  const first = yearAt(moment);
  let rest = openBefore(openIn(schedule, first), moment) + span;
  for (let year = first; Math.abs(year - first) < yearsMax; year += Math.sign(span)) {
    const { starts, before, total } = openIn(schedule, year);
    if (span > 0 && rest <= total) {
      const at = firstFrom(before, rest) - 1;
      return starts[at]! + rest - before[at]!;
    }
    if (span < 0 && rest >= 0) {
      const at = lastUpTo(before, rest);
      return starts[at]! + rest - before[at]!;
    }
    rest += span > 0 ? -total : openIn(schedule, year - 1).total;
  }
  return undefined;
}

/**
 * So many working days after the day of a moment, at the same time of the clock; where it is closed then, its next
 * opening. A working day is one on which the calendar opens. Days are counted, never turned into hours.
 */
export function addDays(schedule: Schedule, moment: number, days: number): number | undefined {
  const { zone } = hoursOf(schedule);
  const shown = zone.shown(moment);
  const today = Math.floor(shown / dayMs);
  const day = days === 0 ? today : workingDay(schedule, today, days);
  return day === undefined ? undefined : nextOpening(schedule, zone.moment(day * dayMs + (shown - today * dayMs)));
}

function workingDay(schedule: Schedule, today: number, days: number): number | undefined {
  const first = yearAt(today * dayMs);
  const ahead = days > 0;
  // The place of the wanted day among the working days of the year, counted from its first.
  let rest = lastUpTo(workingIn(schedule, first), ahead ? today : today - 1) + days + (ahead ? 0 : 1);
  for (let year = first; Math.abs(year - first) < yearsMax; year += ahead ? 1 : -1) {
    const working = workingIn(schedule, year);
    if (rest >= 0 && rest < working.length) return working[rest];
    rest += ahead ? -working.length : workingIn(schedule, year - 1).length;
  }
  return undefined;
}

const yearAt = (moment: number) => new Date(moment).getUTCFullYear();

function openIn(schedule: Schedule, year: number): OpenYear {
  const known = openYears.get(schedule) ?? new Cache<OpenYear, number>(yearsMost);
  openYears.set(schedule, known);
  return known.get(year, () => readOpen(schedule, year));
}

/**
 * The open stretches of a year. Days from both sides of it may reach into it. Clocks that go forward can push one span
 * into the next, so what overlaps or touches becomes one.
 */
function readOpen(schedule: Schedule, year: number): OpenYear {
  const { zone, spansOn } = hoursOf(schedule);
  const [from, to] = [startOf(year), startOf(year + 1)];
  const stretches: { start: number; end: number }[] = [];
  for (let day = from / dayMs - 2; day <= to / dayMs + 1; day++)
    for (const span of spansOn(day)) {
      const start = Math.max(from, zone.moment(day * dayMs + span.from * minuteMs));
      const end = Math.min(to, zone.moment(day * dayMs + span.to * minuteMs));
      if (start < end) stretches.push({ start, end });
    }
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of stretches.sort((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  let total = 0;
  const before = merged.map(({ start, end }) => {
    const sum = total;
    total += end - start;
    return sum;
  });
  return { starts: merged.map(({ start }) => start), ends: merged.map(({ end }) => end), before, total };
}

/** The days of a year on which a calendar opens. */
function workingIn(schedule: Schedule, year: number): readonly number[] {
  const known = workingYears.get(schedule) ?? new Cache<readonly number[], number>(yearsMost);
  workingYears.set(schedule, known);
  const [from, to] = [startOf(year) / dayMs, startOf(year + 1) / dayMs];
  const { spansOn } = hoursOf(schedule);
  return known.get(year, () =>
    Array.from({ length: to - from }, (_, at) => from + at).filter((day) => spansOn(day).length > 0),
  );
}

/** The open time of a year before a moment in it. */
function openBefore({ starts, ends, before }: OpenYear, moment: number): number {
  const at = lastUpTo(starts, moment);
  return at < 0 ? 0 : before[at]! + Math.min(moment, ends[at]!) - starts[at]!;
}

/** The place of the first number that is not less; the length where there is none. */
function firstFrom(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the last number that is not greater; -1 where there is none. */
const lastUpTo = (numbers: readonly number[], most: number): number => firstFrom(numbers, most + 1) - 1;
