import type { DashboardMails } from "schemas";
import { nextOpening } from "../calendar/business-time.ts";
import { dayMs, dayNumber, minuteMs, readClock, weekdayOf, type Schedule } from "../calendar/hours.ts";
import { zoneOf } from "../calendar/zone.ts";
import { dayIn } from "../rules.ts";

/** What was not sent in time, because nothing ran, goes so many minutes later at most. */
const lateMinutes = 180;

/** For which of her days somebody gets a dashboard now; nothing where she gets none. */
export function mailedFor(
  { at, days }: DashboardMails,
  { zone, now, calendar }: { readonly zone: string; readonly now: Date; readonly calendar: Schedule | undefined },
): string | undefined {
  const day = dayIn(zone, now);
  const number = dayNumber(day);
  const late = (now.getTime() - zoneOf(zone).moment(number * dayMs)) / minuteMs - readClock(at);
  if (late < 0 || late >= lateMinutes) return undefined;
  if (days && !days.includes(weekdayOf(number))) return undefined;
  return !calendar || opensOn(calendar, number) ? day : undefined;
}

/** Whether a calendar is open at all on a day. */
function opensOn(calendar: Schedule, day: number): boolean {
  const [from, to] = [day, day + 1].map((it) => zoneOf(calendar.time_zone).moment(it * dayMs));
  const next = nextOpening(calendar, from!);
  return next !== undefined && next < to!;
}
