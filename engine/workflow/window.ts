import type { DelayWindow } from "schemas";
import { weekdays } from "../calendar/hours.ts";
import { zoneOf } from "../calendar/zone.ts";

const dayMs = 86_400_000;

/** A moment, or where it lies outside of these hours of these days, the next beginning of one; ISO 8601 in UTC. */
export function windowMoment({ days, from, to }: Omit<DelayWindow, "zone">, zone: string, moment: string): string {
  const { shown, moment: momentOf } = zoneOf(zone);
  const local = shown(Date.parse(moment));
  const today = Math.floor(local / dayMs) * dayMs;
  const [begins, ends] = [msOf(from ?? "00:00"), msOf(to ?? "24:00")];
  for (let day = today; ; day += dayMs) {
    if (!days.includes(weekdays[(new Date(day).getUTCDay() + 6) % 7]!)) continue;
    if (day === today && local - day >= begins) {
      if (local - day < ends) return moment;
      continue;
    }
    return new Date(momentOf(day + begins)).toISOString();
  }
}

function msOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
}
