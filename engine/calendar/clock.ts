import { add, addDays, between } from "./business-time.ts";
import type { Schedule } from "./hours.ts";

/** A time in which a clock ran; the last one is open while it runs. Moments are milliseconds since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to?: number;
}

/** A clock as it is written down: JSON, and nothing that could be worked out from it. */
export interface ClockRecord {
  readonly startedAt: number;
  readonly ran: readonly Stretch[];
  /** Business time used up under another calendar, before the stretches. */
  readonly carriedMs: number;
  readonly ended?: { readonly at: number; readonly how: "stopped" | "cancelled" };
}

/** How long a clock may run: business time, or working days. One is never turned into the other. */
export type Target = { readonly ms: number } | { readonly days: number };

/** When somebody is warned: after a part of the target, or so much business time before its end. */
export type Warning = { readonly fraction: number } | { readonly beforeMs: number };

/** What a clock is read by. */
export interface Terms {
  readonly schedule: Schedule;
  readonly target: Target;
  readonly warn?: readonly Warning[];
}

/** What a clock shows. */
export interface ClockReading {
  readonly state: "running" | "paused" | "met" | "breached" | "cancelled";
  /** Business time used; while it stands, it stands still. */
  readonly elapsedMs: number;
  /** Business time left; negative where it is over. */
  readonly remainingMs: number;
  /** Business time for which it stood. */
  readonly pausedMs: number;
  /** When it is or was over; null while it stands, for then nobody knows. */
  readonly dueAt: number | null;
  /** When each warning is or was due; null for those that nobody knows yet. */
  readonly warnsAt: readonly (number | null)[];
}

/** Begins a clock. Outside the hours of its calendar it runs and uses nothing. */
export const startClock = (at: number): ClockRecord => ({ startedAt: at, ran: [{ from: at }], carriedMs: 0 });

/** Whether a clock runs: begun, not ended, not standing. */
export const isRunning = ({ ran }: ClockRecord): boolean => ran.at(-1)?.to === undefined;

/** Lets a running clock stand. */
export function pauseClock(clock: ClockRecord, at: number): ClockRecord {
  return isRunning(clock) ? { ...clock, ran: closed(clock.ran, at) } : clock;
}

/** Lets a standing clock go on; one that has ended as well. */
export function resumeClock({ ended: _ended, ...clock }: ClockRecord, at: number): ClockRecord {
  return isRunning(clock) ? clock : { ...clock, ran: [...clock.ran, { from: at }] };
}

/** Ends a clock, for good or bad by the time that it used. */
export function endClock(clock: ClockRecord, at: number, how: "stopped" | "cancelled"): ClockRecord {
  return clock.ended ? clock : { ...pauseClock(clock, at), ended: { at, how } };
}

/** Counts by another calendar from here on; what was used is kept. */
export function moveClock(clock: ClockRecord, schedule: Schedule, at: number): ClockRecord {
  const carriedMs = usedMs(pauseClock(clock, at), schedule);
  return { ...clock, carriedMs, ran: isRunning(clock) ? [{ from: at }] : [{ from: at, to: at }] };
}

/**
 * What a clock shows at a moment. A breach is judged by time, not by who looked when: what ends at the very moment at
 * which it is due is met.
 */
export function readClock(clock: ClockRecord, { schedule, target, warn = [] }: Terms, now: number): ClockReading {
  const elapsedMs = usedMs(clock, schedule, now);
  const pausedMs = clock.ran
    .slice(1)
    .reduce((sum, { from }, at) => sum + between(schedule, clock.ran[at]!.to ?? from, from), 0);
  const whole = "days" in target ? addDays(schedule, clock.startedAt, target.days) : undefined;
  const budgetMs = "ms" in target ? target.ms : between(schedule, clock.startedAt, whole ?? clock.startedAt);
  const counted = whole !== undefined && pausedMs === 0 && clock.carriedMs === 0;
  const reached = reachedAt(clock, schedule, budgetMs);
  const dueAt = counted && reached !== null ? whole : reached;
  const breached = dueAt !== null && dueAt < (clock.ran.at(-1)!.to ?? now);
  const going = breached ? "breached" : isRunning(clock) ? "running" : "paused";
  const ended = { stopped: breached ? "breached" : "met", cancelled: "cancelled" } as const;
  return {
    state: clock.ended ? ended[clock.ended.how] : going,
    elapsedMs,
    remainingMs: budgetMs - elapsedMs,
    pausedMs,
    dueAt,
    warnsAt: warn.map((it) =>
      reachedAt(clock, schedule, "fraction" in it ? Math.round(budgetMs * it.fraction) : budgetMs - it.beforeMs),
    ),
  };
}

/**
 * How likely a clock that has used so much goes over its target: among earlier ones that were still going then, the
 * share that did. Undefined where there was none; `of` says on how many it rests.
 */
export function breachRisk(
  { elapsedMs, targetMs }: { readonly elapsedMs: number; readonly targetMs: number },
  earlierMs: readonly number[],
): { readonly risk: number; readonly of: number } | undefined {
  const alike = earlierMs.filter((it) => it > elapsedMs);
  const over = alike.filter((it) => it > targetMs).length;
  return alike.length === 0 ? undefined : { risk: over / alike.length, of: alike.length };
}

function usedMs({ ran, carriedMs }: ClockRecord, schedule: Schedule, now = -Infinity): number {
  return ran.reduce((sum, { from, to = Math.max(now, from) }) => sum + between(schedule, from, to), carriedMs);
}

/**
 * The moment at which a clock has used so much: in one of its stretches, or by the last one going on. Null while it
 * stands before that. What was used up before the first stretch was so when that began.
 */
function reachedAt({ ran, carriedMs, ended }: ClockRecord, schedule: Schedule, wantedMs: number): number | null {
  let used = carriedMs;
  for (const [index, { from, to }] of ran.entries()) {
    const goesOn = index === ran.length - 1 && (to === undefined || to === ended?.at);
    const here = goesOn ? Infinity : between(schedule, from, to ?? from);
    if (used + here >= wantedMs) return add(schedule, from, Math.max(0, wantedMs - used)) ?? null;
    used += here;
  }
  return null;
}

const closed = (ran: readonly Stretch[], to: number): readonly Stretch[] =>
  ran.map((it, index) => (index === ran.length - 1 ? { ...it, to } : it));
