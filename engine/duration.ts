import { durationOf } from "./expression/literal.ts";

/** A span in ISO 8601 in milliseconds; undefined where it is none. */
export function durationMs(duration: string): number | undefined {
  const seconds = durationOf(duration);
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** A moment after another one by a span in ISO 8601 (`P3D`, `PT8H`): real time, in UTC. */
export function plus(moment: string, duration: string): string {
  const seconds = durationOf(duration);
  if (seconds === undefined) throw new RangeError(`"${duration}" is no duration.`);
  return new Date(Date.parse(moment) + Number(seconds) * 1000).toISOString();
}
