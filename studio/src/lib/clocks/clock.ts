import type { Reader } from "#lib/format.ts";
import { clock as time, moment, span } from "#lib/format.ts";
import { words } from "#lib/words/index.ts";

/** A clock of a record as the server tells it. */
export interface Clock {
  readonly policy: { readonly name: string; readonly title: string };
  readonly clock: string;
  readonly title: string;
  readonly state: "running" | "paused" | "met" | "breached" | "cancelled";
  readonly going: boolean;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly due_at: string | null;
  readonly late_at: string | null;
  readonly elapsed_ms: number;
  readonly remaining_ms: number;
}

/** How a clock looks: it runs, is late, over or waits; `done` are those that have ended. */
export type Look = "run" | "near" | "over" | "wait" | "done";

/** How a clock looks at a moment (milliseconds since 1970): it goes on while one looks at it. */
export function lookOf({ state, going, due_at, late_at }: Clock, now: number): Look {
  if (!going) return state === "breached" ? "over" : "done";
  if (state === "breached" || (due_at !== null && Date.parse(due_at) < now)) return "over";
  if (state === "paused" || due_at === null) return "wait";
  return late_at !== null && Date.parse(late_at) <= now ? "near" : "run";
}

/** How much of what is promised is used, from 0 to 1, at the moment at which the server told it. */
export const usedOf = ({ elapsed_ms, remaining_ms }: Clock): number =>
  Math.min(1, Math.max(0, elapsed_ms / Math.max(1, elapsed_ms + remaining_ms)));

/** A clock in words, never in seconds: what is left, by how much it is over, that it waits. */
export function saidOf(clock: Clock, now: number, reader: Reader): string {
  const { going, state, due_at, ended_at } = clock;
  if (!going) {
    if (state === "cancelled") return words.clockCancelled;
    const at = ended_at === null ? "" : moment(ended_at, reader);
    return state === "breached" ? words.clockMissed(at) : words.clockMet(at);
  }
  if (due_at === null) return words.clockWaits;
  const seconds = Math.max(60, Math.abs(Date.parse(due_at) - now) / 1000);
  return Date.parse(due_at) < now ? words.clockOver(span(seconds, reader)) : words.clockLeft(span(seconds, reader));
}

/** By when: the time of today, else the day and time. */
export function dueOf({ due_at }: Clock, now: number, reader: Reader): string {
  if (due_at === null) return "";
  const near = Math.abs(Date.parse(due_at) - now) < 12 * 3_600_000;
  return words.clockBy(near ? time(due_at, reader) : moment(due_at, reader));
}

/** Of several clocks the one that matters now: what is due the soonest, else one that waits, else what ended last. */
export function nextOf(clocks: readonly Clock[]): Clock | undefined {
  const going = clocks.filter((it) => it.going);
  const due = going.filter((it) => it.due_at !== null);
  return (
    due.toSorted((one, other) => ((one.due_at ?? "") < (other.due_at ?? "") ? -1 : 1))[0] ?? going[0] ?? clocks.at(-1)
  );
}
