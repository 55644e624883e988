import type { StateNode } from "schemas";
import { endClock, pauseClock, readClock, resumeClock, startClock, type ClockRecord } from "../calendar/clock.ts";
import type { Schedule } from "../calendar/hours.ts";

/** The clocks of a run, by their names. */
export type Clocks = Readonly<Record<string, ClockRecord>>;

/** What states do to clocks. */
export type ClockActs = NonNullable<StateNode["meta"]["clock"]>;

/** The clocks that a run's context keeps, under a name that no document can give anything. */
export const clocksIn = (context: unknown): Clocks => (context as { readonly $clocks?: Clocks }).$clocks ?? {};

/** Clocks after entering a state that starts and stops some. One that goes is not started again; one that has ended is. */
export function actOnClocks(clocks: Clocks, acts: ClockActs, now: number): Clocks {
  const start: readonly string[] = acts.start ?? [];
  const stop: readonly string[] = acts.stop ?? [];
  const begun = start.filter((name) => !clocks[name] || clocks[name].ended);
  const ended = stop.flatMap((name) => (clocks[name] ? [[name, endClock(clocks[name], now, "stopped")] as const] : []));
  return {
    ...clocks,
    ...Object.fromEntries(begun.map((name) => [name, startClock(now)])),
    ...Object.fromEntries(ended),
  };
}

/** Clocks where a run stands: those stand that one of its states holds, the others go on; with the run, all end. */
export function settleClocks(clocks: Clocks, active: readonly StateNode[], over: boolean, now: number): Clocks {
  const held = new Set(active.flatMap(({ meta }) => meta.clock?.pause ?? []));
  const settled = (name: string, clock: ClockRecord) => {
    if (clock.ended) return clock;
    if (over) return endClock(clock, now, "stopped");
    return held.has(name) ? pauseClock(clock, now) : resumeClock(clock, now);
  };
  return Object.fromEntries(Object.entries(clocks).map(([name, clock]) => [name, settled(name, clock)]));
}

/** Elapsed time: what clocks without a calendar are counted in. */
export const always: Schedule = {
  time_zone: "UTC",
  hours: Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, ["00:00-24:00"]])),
};

/** When a clock has used a part of its budget; null while it stands before that, and once it has ended. */
export function clockDue(
  clock: ClockRecord | undefined,
  { schedule, budgetMs, fraction = 1 }: { readonly schedule: Schedule; readonly budgetMs: number; fraction?: number },
  now: number,
): number | null {
  if (!clock || clock.ended || !Number.isFinite(budgetMs)) return null;
  const terms = { schedule, target: { ms: budgetMs }, warn: [{ fraction }] };
  const { dueAt, warnsAt } = readClock(clock, terms, now);
  return fraction === 1 ? dueAt : (warnsAt[0] ?? null);
}
