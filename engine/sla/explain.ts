import { between } from "../calendar/business-time.ts";
import type { ClockRecord } from "../calendar/clock.ts";
import { dayMs, dayText, hoursOf, minuteMs, type Schedule } from "../calendar/hours.ts";

/** A piece of the time of a clock: it ran, stood, or its calendar was closed, on a day that differs for instance. */
export interface Segment {
  readonly kind: "ran" | "paused" | "closed" | "off";
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Business time used in it. */
  readonly usedMs: number;
  /** Of a day off: what it is called. */
  readonly title?: string;
}

/** So many pieces say enough; what comes before them is told as one. */
const segmentsMost = 200;

/**
 * The way of a clock up to a moment, piece by piece: what ran adds up to what it has used, `carriedMs` under another
 * calendar before not counted.
 */
export function segmentsOf(record: ClockRecord, schedule: Schedule, now: number): readonly Segment[] {
  const pieces: Segment[] = [];
  for (const [index, { from, to }] of record.ran.entries()) {
    const until = to ?? Math.max(now, from);
    pieces.push(...openAndClosed(schedule, from, until));
    const next = record.ran[index + 1]?.from ?? (to !== undefined && !record.ended ? Math.max(now, to) : undefined);
    if (to !== undefined && next !== undefined && next > to)
      pieces.push({ kind: "paused", from: to, to: next, usedMs: 0 });
  }
  return pieces.slice(-segmentsMost);
}

/** A stretch of time as its calendar has it: open, closed, or a day off. */
function openAndClosed(schedule: Schedule, from: number, until: number): readonly Segment[] {
  const { zone, spansOn } = hoursOf(schedule);
  const first = Math.floor(zone.shown(from) / dayMs) - 1;
  const last = Math.floor(zone.shown(until) / dayMs) + 1;
  const bounds = new Set([from, until]);
  for (let day = first; day <= last; day++)
    for (const span of [{ from: 0, to: 0 }, ...spansOn(day)])
      for (const minute of [span.from, span.to]) {
        const at = zone.moment(day * dayMs + minute * minuteMs);
        if (at > from && at < until) bounds.add(at);
      }
  const moments = [...bounds].sort((one, other) => one - other);
  const pieces = moments.slice(1).map((to, index): Segment => {
    const start = moments[index]!;
    const usedMs = between(schedule, start, to);
    const off = schedule.exceptions?.[dayText(Math.floor(zone.shown(start) / dayMs))];
    if (usedMs > 0) return { kind: "ran", from: start, to, usedMs };
    return off
      ? { kind: "off", from: start, to, usedMs, ...(off.title === undefined ? {} : { title: off.title }) }
      : { kind: "closed", from: start, to, usedMs };
  });
  return pieces.reduce<readonly Segment[]>((sofar, piece) => {
    const before = sofar.at(-1);
    const alike = before && before.kind === piece.kind && before.title === piece.title && before.to === piece.from;
    if (!alike) return [...sofar, piece];
    return [...sofar.slice(0, -1), { ...before, to: piece.to, usedMs: before.usedMs + piece.usedMs }];
  }, []);
}
