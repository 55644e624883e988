import { Cache } from "./cache.ts";
import { durationOf } from "./expression/literal.ts";

/** Spans are the same few all day. */
const read = new Cache<number | null>(500);

/** A span in ISO 8601 in milliseconds; undefined where it is none. */
export function durationMs(duration: string): number | undefined {
  const made = () => {
    const seconds = durationOf(duration);
    return seconds === undefined ? null : Number(seconds) * 1000;
  };
  return read.get(duration, made) ?? undefined;
}

/** A moment after another one by a span in ISO 8601 (`P3D`, `PT8H`): real time, in UTC. */
export function plus(moment: string, duration: string): string {
  const ms = durationMs(duration);
  if (ms === undefined) throw new RangeError(`"${duration}" is no duration.`);
  return new Date(Date.parse(moment) + ms).toISOString();
}
