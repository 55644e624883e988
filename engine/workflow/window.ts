import type { DelayWindow } from "schemas";
import { dayMs, dayText, minuteMs, readClock, weekdayOf, type Schedule } from "../calendar/hours.ts";
import { zoneOf } from "../calendar/zone.ts";

/**
 * A moment, or where it lies outside of these hours of these days, the next beginning of one; ISO 8601 in UTC. Days that
 * `calendar` closes by an exception count as none of them; they are days where the hours are counted, not where it is kept.
 */
export function windowMoment(
  { days, from, to }: Omit<DelayWindow, "zone" | "calendar">,
  zone: string,
  moment: string,
  calendar?: Pick<Schedule, "exceptions">,
): string {
  const { shown, moment: momentOf } = zoneOf(zone);
  const local = shown(Date.parse(moment));
  const today = Math.floor(local / dayMs);
  const [begins, ends] = [readClock(from ?? "00:00") * minuteMs, readClock(to ?? "24:00") * minuteMs];
  const closed = (day: number) => {
    const exception = calendar?.exceptions?.[dayText(day)];
    return exception !== undefined && (exception.hours ?? []).length === 0;
  };
  for (let day = today; ; day += 1) {
    if (!days.includes(weekdayOf(day)) || closed(day)) continue;
    const since = local - day * dayMs;
    if (day === today && since >= begins) {
      if (since < ends) return moment;
      continue;
    }
    return new Date(momentOf(day * dayMs + begins)).toISOString();
  }
}
