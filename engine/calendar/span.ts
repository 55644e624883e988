import { add, addDays } from "./business-time.ts";
import type { Schedule } from "./hours.ts";

/** A span of business time: working days first, then open hours. Neither is turned into the other. */
export interface BusinessSpan {
  readonly days: number;
  readonly ms: number;
}

const pattern = /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

/** Reads a span in ISO 8601 as business time: `P2D` are two working days, `PT4H` four open hours. Weeks are none. */
export function readBusinessSpan(text: string): BusinessSpan | undefined {
  const parts = pattern.exec(text);
  if (!parts || /[PT]$/.test(text)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return { days, ms: ((hours * 60 + minutes) * 60 + seconds) * 1000 };
}

/** When a span that begins at a moment is over; undefined where the calendar is not open for so long any more. */
export function spanLater(schedule: Schedule, moment: number, { days, ms }: BusinessSpan): number | undefined {
  const from = days === 0 ? moment : addDays(schedule, moment, days);
  return from === undefined ? undefined : add(schedule, from, ms);
}

/**
 * When a span that was to be over at `due` is over by other hours: counted anew from where it began to count. What
 * began while it was closed began, as far as one can tell, at the opening.
 */
export function recounted(old: Schedule, next: Schedule, due: number, { days, ms }: BusinessSpan): number | undefined {
  const counted = add(old, due, -ms);
  const began = counted === undefined || days === 0 ? counted : addDays(old, counted, -days);
  return began === undefined ? undefined : spanLater(next, began, { days, ms });
}
