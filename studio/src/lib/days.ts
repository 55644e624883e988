/** A day as its field writes it, here. */
export function dayOf(moment: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** Where a day begins, here; `days` later. */
export function beginOf(day: string, days = 0): Date {
  const begin = new Date(`${day}T00:00`);
  begin.setDate(begin.getDate() + days);
  return begin;
}

/** The moment at which a day is over that counts whole. */
export const endOf = (day: string): string => beginOf(day, 1).toISOString();

/** The last day that counts before an end. */
export const lastDayOf = (end: string): string => dayOf(new Date(new Date(end).getTime() - 1));
