import { sql } from "kysely";
import type { Grain, GroupKey } from "../report.ts";
import type { Type } from "../expression/type.ts";
import type { DailyUse } from "../reports/daily.ts";
import { ranked } from "./rank.ts";
import type { Source } from "./source.ts";
import type { Piece } from "./write.ts";

export interface Taken {
  /** What of each record the groups and measures are made of: columns of `s`. */
  readonly taken: readonly Piece[];
}

export interface Group extends Taken {
  /** How the group's value is answered. */
  readonly shown: Piece;
  readonly by: readonly Piece[];
  /** What people read of it, as text. */
  readonly label: Piece;
  /** What groups are sorted by: the place of a choice or a state among its like. */
  readonly order: Piece;
}

/** What records are grouped by, as column `k<at>` of the records taken; over sums by day, of the day that they are of. */
export function groupOf(source: Source, groupKey: GroupKey, at: number, daily?: DailyUse): Group {
  const { path, type, by, since } = groupKey;
  const shown = dayOf(source, groupKey, daily) ?? (() => shownAt(source, path, type, groupKey));
  const last = path.at(-1)!.field!;
  const [key, name] = [sql.id("s", `k${at}`), sql.id("s", `n${at}`)];
  const take = (taken: Piece, shown: Piece): Group => ({
    taken: [sql`${taken} as ${sql.id(`k${at}`)}`],
    shown,
    by: [sql`${key}`],
    label: sql`${key}::text`,
    order: by ? sql`${key}` : ranked(source.reader.model, last, sql`${key}`),
  });
  if (by && since) {
    const begun = shownAt(source, since.path, since.type, groupKey);
    const [from, to] = [begun, shown()].map((it) => numbered(by, it));
    return take(sql`(${to} - ${from})::integer`, sql`${key}`);
  }
  if (by) return take(partOf(groupKey, shown()), sql`${key}`);
  const value = source.path(path);
  const piece = "value" in value ? value.value : value.amount;
  if (type.kind === "record" && last.targets.length === 1 && !path.some(({ list }) => list)) {
    const nameField = source.reader.model.entities.get(last.targets[0] ?? "")?.nameField;
    const there = source.standingAt([...path.slice(0, -1), { name: last.name, field: last, to: last.targets[0]! }]);
    const named = nameField && source.value(nameField, there);
    const text = named && "value" in named ? sql`${named.value}::text` : sql`null::text`;
    return {
      taken: [sql`${piece} as ${sql.id(`k${at}`)}`, sql`${text} as ${sql.id(`n${at}`)}`],
      shown: sql`case when ${key} is not null then json_build_object('id', ${key}, 'name', ${name}) end`,
      by: [sql`${key}`, sql`${name}`],
      label: sql`${name}`,
      order: sql`${name}`,
    };
  }
  if (type.kind === "number") return take(piece, sql`trim_scale(${key})::text`);
  if (type.kind === "moment")
    return take(piece, sql`to_char(${key} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
  return take(piece, sql`${key}`);
}

const formats: Readonly<Record<Grain, string>> = {
  hour: 'YYYY-MM-DD"T"HH24',
  day: "YYYY-MM-DD",
  weekday: "ID",
  week: 'IYYY-"W"IW',
  month: "YYYY-MM",
  quarter: 'YYYY-"Q"Q',
  year: "YYYY",
};

/** The day of sums as clocks show it, where it is theirs that a key is about. */
function dayOf(source: Source, { path, by, zone }: GroupKey, daily: DailyUse | undefined): (() => Piece) | undefined {
  const { date, zone: own } = daily?.keeping.daily ?? {};
  const isTheirs = path.length === 1 && path[0]?.field?.address === date?.address && by !== undefined && by !== "hour";
  if (!isTheirs || own !== zone || source.maskOf(path[0]!.field!)) return undefined;
  return () => sql`nullif(${sql.id(source.root.alias)}."_day", '-infinity'::date)::timestamp`;
}

/** What the clocks of the key's zone show at a date or moment. */
function shownAt(source: Source, path: GroupKey["path"], { kind }: Type, { zone }: GroupKey): Piece {
  const value = source.path(path);
  const piece = "value" in value ? value.value : value.amount;
  return kind === "moment" ? sql`(${piece} at time zone ${zone}::text)` : sql`${piece}::timestamp`;
}

/** The part of a date as text. Quarters and years that begin in another month are those of a date moved by months. */
function partOf({ by, fiscal }: GroupKey, day: Piece): Piece {
  if (!fiscal || (by !== "quarter" && by !== "year")) return sql`to_char(${day}, ${sql.lit(formats[by!])})`;
  const months = fiscal.named === "first" ? 1 - fiscal.month : 13 - fiscal.month;
  return sql`to_char(${day} + make_interval(months => ${sql.lit(months)}), ${sql.lit(`"FY"${formats[by]}`)})`;
}

/** The number of the part in which a date lies, counted through all years. */
function numbered(by: Grain, day: Piece): Piece {
  const months = sql`(extract(year from ${day}) * 12 + extract(month from ${day}) - 1)`;
  if (by === "day") return sql`(${day}::date - date '1970-01-05')`;
  if (by === "week") return sql`floor((${day}::date - date '1970-01-05') / 7.0)`;
  if (by === "month") return months;
  return sql`floor(${months} / ${sql.lit(by === "quarter" ? 3 : 12)})`;
}
