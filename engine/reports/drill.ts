import type { Type } from "../expression/type.ts";
import type { FiscalYear, Grain } from "../report.ts";
import { dayMs } from "../calendar/hours.ts";
import { zoneOf } from "../calendar/zone.ts";
import { readPart, startOfPart, type Unit } from "./buckets.ts";

/** What of a dimension its conditions are made of. */
export interface Axis {
  readonly path: string;
  readonly type: Type;
  readonly grain: Grain | undefined;
  readonly zone: string;
  readonly fiscal: FiscalYear | undefined;
}

/** So many records are named in a condition that lists them. */
const namedMost = 200;

/** A text as expressions write it. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Records by their ids, as a condition; null where they are too many to be named. */
export function these(ids: readonly string[]): string | null {
  if (ids.length === 0) return "false";
  return ids.length > namedMost ? null : `id in [${ids.map(quoted).join(", ")}]`;
}

/** Conditions that hold together; nothing holds always. */
export const all = (parts: readonly (string | undefined)[]): string => {
  const some = [...new Set(parts.filter((it): it is string => it !== undefined && it.trim() !== ""))];
  return some.length === 1 ? some[0]! : some.map((it) => `(${it})`).join(" && ");
};

/** The days from one up to, without, another, as a condition over a date or a moment. */
export function between({ path, type, zone }: Pick<Axis, "path" | "type" | "zone">, from: number, to: number): string {
  if (type.kind === "date") return `${path} >= date(${quoted(text(from))}) && ${path} < date(${quoted(text(to))})`;
  const [first, last] = [from, to].map((day) => zoneOf(zone).moment(day * dayMs));
  return moments(path, first!, last!);
}

const text = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10);
const moments = (path: string, from: number, to: number) =>
  [">= ", "< "]
    .map((it, at) => `${path} ${it}timestamp(${quoted(new Date(at === 0 ? from : to).toISOString())})`)
    .join(" && ");

/**
 * The condition that finds exactly the records of a group: `value` is the group's, `base` that of the dimension from which
 * an age is counted.
 */
export function conditionOf(
  axis: Axis,
  value: unknown,
  base?: { readonly value: unknown; readonly axis: Axis },
): string {
  const { path, type, grain, zone, fiscal } = axis;
  if (value === null || value === undefined)
    return base ? `(${path} == null || ${base.axis.path} == null)` : `${path} == null`;
  if (grain === "hour") {
    const shown = Date.parse(`${String(value)}:00:00Z`);
    return moments(path, zoneOf(zone).moment(shown), zoneOf(zone).moment(shown + 3_600_000));
  }
  if (grain !== undefined) {
    const unit = grain as Unit;
    const from = base
      ? readPart(String(base.value), unit, base.axis.fiscal)! + Number(value)
      : readPart(String(value), unit, fiscal)!;
    const year = base ? base.axis.fiscal : fiscal;
    return between(axis, startOfPart(from, unit, year), startOfPart(from + 1, unit, year));
  }
  if (type.kind === "date") return `${path} == date(${quoted(String(value))})`;
  if (type.kind === "moment") return `${path} == timestamp(${quoted(String(value))})`;
  if (type.kind === "number" || type.kind === "boolean") return `${path} == ${String(value)}`;
  const id = typeof value === "object" && "id" in value ? String(value.id) : String(value);
  return `${path} == ${quoted(id)}`;
}
