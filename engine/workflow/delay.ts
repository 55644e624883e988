import type { Delay, WorkflowDocument } from "schemas";
import type { Schedule } from "../calendar/hours.ts";
import { readBusinessSpan, spanLater } from "../calendar/span.ts";
import { zoneOf } from "../calendar/zone.ts";
import { plus } from "../duration.ts";
import type { Checked } from "../expression/check.ts";
import { evaluate, type Environment } from "../expression/evaluate.ts";
import { momentOf } from "../expression/literal.ts";
import { quietZone } from "./sending.ts";
import { windowMoment } from "./window.ts";
import { always, clockDue, clocksIn } from "./clocks.ts";

/** What a wait is worked out with. */
export interface Waiting {
  readonly expression: (cel: string) => Checked | undefined;
  readonly calendar: (name: string) => Schedule | undefined;
  /** What the waits of a clock say of it: its budget, and the calendar that it is counted by. */
  readonly clock: (name: string) => Pick<Delay, "budget" | "calendar">;
  /** Days begin at midnight there. */
  readonly zone: string;
}

/**
 * When a wait that begins now is over, in UTC; null while what it hangs on is empty, and where the calendar that it is
 * counted by is not open for so long.
 */
export function dueAt(delay: Delay, waiting: Waiting, environment: Environment): string | null {
  const over = overAt(delay, waiting, environment);
  if (over === null || !delay.window) return over;
  const zone = quietZone(delay.window, waiting.expression, environment, waiting.zone);
  return windowMoment(delay.window, zone, over, waiting.calendar(delay.window.calendar ?? ""));
}

/** The same without regard to the hours in which it may be over. */
function overAt(delay: Delay, waiting: Waiting, environment: Environment): string | null {
  const now = String(environment.now);
  if (delay.duration !== undefined)
    return delay.calendar === undefined
      ? plus(now, delay.duration)
      : openLater(waiting.calendar(delay.calendar), now, delay.duration);
  if (delay.clock !== undefined) return clockMoment(delay, delay.clock, waiting, environment);
  if (delay.at !== undefined) {
    const checked = waiting.expression(delay.at.cel);
    return checked ? momentIn(evaluate(checked, environment), waiting.zone) : null;
  }
  if (delay.until === undefined) return now;
  const record = (environment.record ?? {}) as Readonly<Record<string, unknown>>;
  const moment = momentIn(record[delay.until], waiting.zone);
  if (moment === null) return null;
  const later = delay.after === undefined ? moment : plus(moment, delay.after);
  return delay.before === undefined ? later : plus(later, `-${delay.before}`);
}

/** What the waits of a clock say of it, the first that says something. */
export function clockTerms({ meta }: WorkflowDocument, name: string): Pick<Delay, "budget" | "calendar"> {
  const waits = Object.values(meta.delays ?? {}).filter(({ clock }) => clock === name);
  const budget = waits.find((it) => it.budget !== undefined)?.budget;
  const calendar = waits.find((it) => it.calendar !== undefined)?.calendar;
  return { ...(budget ? { budget } : {}), ...(calendar === undefined ? {} : { calendar }) };
}

function openLater(schedule: Schedule | undefined, moment: string, duration: string): string | null {
  const span = readBusinessSpan(duration);
  const due = schedule && span && spanLater(schedule, Date.parse(moment), span);
  return due === undefined ? null : new Date(due).toISOString();
}

function clockMoment(delay: Delay, name: string, waiting: Waiting, environment: Environment): string | null {
  const said = waiting.clock(name);
  const [budget, calendar] = [delay.budget ?? said.budget, delay.calendar ?? said.calendar];
  const checked = budget && waiting.expression(budget.cel);
  const schedule = calendar === undefined ? always : waiting.calendar(calendar);
  if (!checked || !schedule) return null;
  const budgetMs = Number(evaluate(checked, environment) ?? NaN) * 1000;
  const { fraction = 1 } = delay;
  const now = Date.parse(String(environment.now));
  const due = clockDue(clocksIn(environment.context)[name], { schedule, budgetMs, fraction }, now);
  return due === null ? null : new Date(due).toISOString();
}

/** A moment as it is; a day as its first moment in a time zone. */
function momentIn(value: unknown, zone: string): string | null {
  if (typeof value !== "string" || value === "") return null;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return momentOf(value) ?? null;
  return new Date(zoneOf(zone).moment(Date.parse(`${value}T00:00:00.000Z`))).toISOString();
}
