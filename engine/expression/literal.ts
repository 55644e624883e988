import { Decimal } from "decimal.js";

const datePattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const momentPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const isoDuration = /^(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const shortDuration = /^(-)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** The date that a text writes as `YYYY-MM-DD`, when there is such a day; no calendar of a database has a year 0. */
export function dateOf(text: string): string | undefined {
  if (!datePattern.test(text) || text.startsWith("0000")) return undefined;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : undefined;
}

/** The moment that a text writes in ISO 8601, in UTC with milliseconds; in UTC it is of a year of four digits as well. */
export function momentOf(text: string): string | undefined {
  if (!momentPattern.test(text) || dateOf(text.slice(0, 10)) === undefined) return undefined;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return undefined;
  const moment = at.toISOString();
  return /^\d{4}-/.test(moment) && !moment.startsWith("0000") ? moment : undefined;
}

/** The seconds of a span, written in ISO 8601 (`P14D`, `PT8H`) or short (`48h`); months have no length of their own. */
export function durationOf(text: string): string | undefined {
  const iso = isoDuration.exec(text);
  const parts = iso ?? shortDuration.exec(text);
  if (!parts || text === "" || /^-?PT?$/.test(text) || text.endsWith("T")) return undefined;
  const [, sign, ...numbers] = parts;
  const units = iso ? [604_800, 86_400, 3600, 60, 1] : [86_400, 3600, 60, 1];
  const seconds = units.reduce((sum, unit, at) => sum.plus(new Decimal(numbers[at] ?? 0).times(unit)), new Decimal(0));
  return (sign ? seconds.negated() : seconds).toFixed();
}
