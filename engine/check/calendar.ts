import type { CalendarDocument, WeekHours } from "schemas";
import { readSpan } from "../calendar/hours.ts";
import { isTimeZone } from "../locale.ts";
import { fault, type Fault } from "../problem.ts";
import { placeOf } from "./place.ts";

/** Whether a calendar can be counted in: its zone is known, its spans follow each other, every week opens. */
export function checkCalendar(document: CalendarDocument): readonly Fault[] {
  const { time_zone: zone, hours, later = {}, exceptions = {} } = document;
  const weeks = [
    { week: hours, steps: ["hours"] },
    ...Object.entries(later).map(([day, week]) => ({ week, steps: ["later", day] })),
  ];
  return [
    ...(isTimeZone(zone) ? [] : [fault("calendar.zone", { zone, path: placeOf(document, "time_zone") })]),
    ...weeks.flatMap(({ week, steps }) => weekFaults(document, week, steps)),
    ...Object.entries(exceptions).flatMap(([day, it]) =>
      spanFaults(document, it.hours ?? [], ["exceptions", day, "hours"]),
    ),
  ];
}

function weekFaults(document: CalendarDocument, week: WeekHours, steps: readonly string[]): readonly Fault[] {
  const days = Object.entries(week);
  const opens = days.some(([, spans]) => spans.length > 0);
  return [
    ...(opens ? [] : [fault("calendar.closed", { path: placeOf(document, ...steps) })]),
    ...days.flatMap(([day, spans]) => spanFaults(document, spans, [...steps, day])),
  ];
}

function spanFaults(document: CalendarDocument, spans: readonly string[], steps: readonly string[]): readonly Fault[] {
  const read = spans.map(readSpan);
  return read.flatMap(({ from, to }, index) => {
    const path = placeOf(document, ...steps, index);
    if (from >= to) return [fault("calendar.span", { span: spans[index]!, path })];
    const before = read[index - 1];
    return before && from < before.to ? [fault("calendar.overlap", { span: spans[index]!, path })] : [];
  });
}
