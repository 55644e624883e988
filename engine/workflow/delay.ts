import type { Delay } from "schemas";
import { evaluate, type Environment } from "../expression/evaluate.ts";
import type { Checked } from "../expression/check.ts";
import { momentOf } from "../expression/literal.ts";
import { plus } from "../duration.ts";

/** What a wait is worked out with. */
export interface Waiting {
  readonly expression: (cel: string) => Checked | undefined;
  /** Days begin at midnight there. */
  readonly zone: string;
}

/** When a wait that begins now is over, in UTC; null while what it hangs on is empty. */
export function dueAt(delay: Delay, { expression, zone }: Waiting, environment: Environment): string | null {
  if (delay.duration !== undefined) return plus(String(environment.now), delay.duration);
  if (delay.at !== undefined) {
    const checked = expression(delay.at.cel);
    return checked ? momentIn(evaluate(checked, environment), zone) : null;
  }
  const record = (environment.record ?? {}) as Readonly<Record<string, unknown>>;
  const moment = momentIn(record[delay.until ?? ""], zone);
  if (moment === null) return null;
  const later = delay.after === undefined ? moment : plus(moment, delay.after);
  return delay.before === undefined ? later : plus(later, `-${delay.before}`);
}

/** A moment as it is; a day as its first moment in a time zone. */
function momentIn(value: unknown, zone: string): string | null {
  if (typeof value !== "string" || value === "") return null;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return momentOf(value) ?? null;
  const utc = Date.parse(`${value}T00:00:00.000Z`);
  const guess = utc - offsetMs(utc, zone);
  return new Date(utc - offsetMs(guess, zone)).toISOString();
}

/** How far the clocks of a zone are ahead of UTC at a moment. */
function offsetMs(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - at;
}
