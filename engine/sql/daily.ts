import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { Checked } from "../expression/check.ts";
import type { Daily, DailyUse, Keeping } from "../reports/daily.ts";
import { compile } from "./compile.ts";
import { compileExpression, type SqlValue } from "./expression.ts";
import { identifier } from "./names.ts";
import { Source } from "./source.ts";
import { tableIn, type Piece } from "./write.ts";

/** The day of records without a date, before all others. */
export const undated = "-infinity";
const never = `'${undated}'::date`;

/** The day on which a record counts, as the index over it has it. */
export function dayText({ zone }: Pick<Daily, "zone">, column: string): string {
  const day = zone === undefined ? column : `(${column} at time zone '${zone.replaceAll("'", "''")}')::date`;
  return `coalesce(${day}, ${never})`;
}

const columnOf = ({ date }: Daily): string => Object.keys(date.columns)[0]!;

/** The day of the record under an alias. */
export const dayOf = (daily: Daily, alias: string): string =>
  dayText(daily, `${identifier(alias)}.${identifier(columnOf(daily))}`);
const dayAt = (daily: Daily, alias: string): Piece => sql.raw(dayOf(daily, alias));

/** The columns by which sums are kept apart, with their types. */
const apartColumns = ({ fields }: Daily): readonly (readonly [name: string, type: string])[] =>
  fields.flatMap(({ columns }) => Object.entries(columns));

/** What of a value is kept: its currency, how often it was there, its sum, the least and the greatest. */
const partsOfValue = ["c", "q", "s", "lo", "hi"] as const;
export type ValuePart = (typeof partsOfValue)[number];
export const valueColumn = (part: ValuePart, at: number): string => `_${part}${at}`;

const valueTypes: Readonly<Record<string, string>> = { date: "date", moment: "timestamptz" };
const leastType = ({ type }: Checked): string => valueTypes[type.kind] ?? "numeric";
const isNumber = (value: Checked): boolean => leastType(value) === "numeric";

const typeOfPart = (value: Checked, part: ValuePart): string =>
  part === "c" ? "text" : part === "q" ? "bigint" : part === "s" ? "numeric" : leastType(value);

/** A value of the record under an alias, as it is. */
export function valueAt({ model, schema, daily }: Omit<Keeping, "relation">, alias: string, value: Checked): SqlValue {
  const source = new Source({ model, schema, access: undefined }, daily.entity, alias);
  return compileExpression(value, source.context());
}

const amountOf = (value: SqlValue): Piece => ("amount" in value ? value.amount : value.value);
const currencyOf = (value: SqlValue): Piece => ("amount" in value ? value.currency : sql`null::text`);

/** What tells these sums from all others: another definition, or other columns, and they are made anew. */
export function dailySignature(keeping: Omit<Keeping, "relation">): string {
  const { daily } = keeping;
  const values = daily.values.map((it) => [it.type.kind, compile(sql`${amountOf(valueAt(keeping, "o", it))}`)]);
  const said = [daily.entity.name, daily.entity.anchor, dayText(daily, columnOf(daily)), apartColumns(daily), values];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 32);
}

const tableOfSums = ({ schema, relation }: Keeping): Piece => sql`${sql.raw(schema)}.${sql.id(relation)}`;

/** The statement that makes their table. */
export function createDaily({ schema, daily, relation }: Keeping): string {
  const columns = [
    `"_day" date not null`,
    `"_ordinal" integer not null`,
    `"_n" bigint not null`,
    ...apartColumns(daily).map(([name, type]) => `${identifier(name)} ${type}`),
    ...daily.values.flatMap((value, at) =>
      partsOfValue.map((part) => `${identifier(valueColumn(part, at))} ${typeOfPart(value, part)}`),
    ),
  ];
  return `create table ${schema}.${identifier(relation)} (${columns.join(", ")}, primary key ("_day", "_ordinal"))`;
}

/** The day up to which a step may go from a day on, that reads about so many records: nothing where fewer are left. */
export function dayBehind({ schema, daily }: Keeping, from: string, rows: number): Piece {
  const table = tableIn({ schema, entity: daily.entity });
  const day = dayAt(daily, "o");
  return sql`select (${day} + 1)::text as day from ${table} as o
    where o.deleted_at is null and ${day} >= ${from}::date order by ${day} limit 1 offset ${sql.raw(String(rows))}`;
}

/** The last day before another one from which on at least so many records lie before that: nothing where fewer do. */
export function dayBefore({ schema, daily }: Keeping, to: string, rows: number): Piece {
  const table = tableIn({ schema, entity: daily.entity });
  const day = dayAt(daily, "o");
  return sql`select (${day})::text as day from ${table} as o
    where o.deleted_at is null and ${day} < ${to}::date order by ${day} desc limit 1 offset ${sql.raw(String(rows))}`;
}

/** Days from one up to another, or some. */
export type DaysKept = { readonly from: string; readonly to: string } | { readonly days: readonly string[] };

const withinDays = (day: Piece, days: DaysKept): Piece =>
  "days" in days
    ? sql`${day} = any(${`{${days.days.join(",")}}`}::date[])`
    : sql`${day} >= ${days.from}::date and ${day} < ${days.to}::date`;

/** Takes sums of days away. */
export const dropDays = (keeping: Keeping, days: DaysKept): Piece =>
  sql`delete from ${tableOfSums(keeping)} as c where ${withinDays(sql`c."_day"`, days)}`;

/** The columns of sums, in the order in which the records come to them. */
function columnsSummed({ daily }: Keeping): readonly Piece[] {
  const names = [
    "_day",
    ...apartColumns(daily).map(([name]) => name),
    ...daily.values.map((_, at) => valueColumn("c", at)),
    "_n",
    ...daily.values.flatMap((_, at) => (["q", "s", "lo", "hi"] as const).map((part) => valueColumn(part, at))),
  ];
  return names.map((name) => sql.id(name));
}

/** What the records of days come to. */
function summedDays(keeping: Keeping, days: DaysKept): Piece {
  const { schema, daily } = keeping;
  const table = tableIn({ schema, entity: daily.entity });
  const apart = apartColumns(daily).map(([name]) => name);
  const [day, values] = [dayAt(daily, "o"), daily.values.map((it) => valueAt(keeping, "o", it))];
  const taken = [
    sql`${day} as "_day"`,
    ...apart.map((name) => sql`o.${sql.id(name)}`),
    ...values.flatMap((value, at) => [
      sql`${currencyOf(value)} as ${sql.id(valueColumn("c", at))}`,
      sql`${amountOf(value)} as ${sql.id(valueColumn("s", at))}`,
    ]),
  ];
  const by = ["_day", ...apart, ...values.map((_, at) => valueColumn("c", at))].map((name) => sql`r.${sql.id(name)}`);
  const summed = daily.values.flatMap((value, at) => {
    const own = sql`r.${sql.id(valueColumn("s", at))}`;
    return [
      sql`count(${own})`,
      isNumber(value) ? sql`sum(${own}::numeric)` : sql`null::numeric`,
      sql`min(${own})`,
      sql`max(${own})`,
    ];
  });
  return sql`select ${sql.join([...by, sql`count(*)`, ...summed])}
    from (select ${sql.join(taken)} from ${table} as o where o.deleted_at is null and ${withinDays(day, days)}) as r
    group by ${sql.join(by)}`;
}

/** Sums up days from the records. */
export function sumDays(keeping: Keeping, days: DaysKept): Piece {
  const names = sql.join(columnsSummed(keeping));
  return sql`insert into ${tableOfSums(keeping)} (${names}, "_ordinal")
    select s.*, (row_number() over (partition by s."_day"))::integer from (${summedDays(keeping, days)}) as s(${names})`;
}

/** The first days of which other sums are kept than their records come to. Days in which something has changed are none of them. */
export function wrongDays(keeping: Keeping, days: DaysKept, most: number): Piece {
  const names = sql.join(columnsSummed(keeping));
  const [own, kept] = [sql`select ${names} from summed`, sql`select ${names} from kept`];
  return sql`with summed (${names}) as (${summedDays(keeping, days)}),
    kept as (select ${names} from ${tableOfSums(keeping)} as c where ${withinDays(sql`c."_day"`, days)})
    select d."_day"::text as day from ((${own} except all ${kept}) union all (${kept} except all ${own})) as d
    where not exists (select from ${sql.raw(keeping.schema)}._daily_mark as m where m.daily = ${keeping.daily.key} and m.day = d."_day")
    group by d."_day" order by d."_day" limit ${sql.lit(most)}`;
}

/** All columns that can be read of sums. */
export function columnsKept({ daily }: Keeping): ReadonlySet<string> {
  const values = daily.values.flatMap((_, at) => partsOfValue.map((part) => valueColumn(part, at)));
  const dated = daily.zone === undefined ? [columnOf(daily)] : [];
  return new Set(["_day", "_n", "deleted_at", ...dated, ...apartColumns(daily).map(([name]) => name), ...values]);
}

/**
 * Rows that stand for all records of an entity: sums of the days that are kept, and one for each record of the days that
 * are not, or in which something has changed since they were summed up.
 */
export function dailyRows(use: DailyUse): Piece {
  const { keeping, until, columns } = use;
  const { schema, daily } = keeping;
  const marks = sql`${sql.raw(schema)}._daily_mark as m where m.daily = ${daily.key}`;
  const last = sql`${until}::date`;
  const apart = apartColumns(daily).flatMap(([name]) => (columns.has(name) ? [name] : []));
  const dated = columnOf(daily);
  const [byDate, byDay] = [columns.has(dated), columns.has("_day") || columns.has(dated)];
  const of = (parts: readonly ValuePart[]) =>
    daily.values.flatMap((value, at) =>
      parts.flatMap((part) => (columns.has(valueColumn(part, at)) ? [{ value, at, part }] : [])),
    );
  const currencies = of(["c"]).map(({ at }) => valueColumn("c", at));
  const keys = [...(byDay ? ["_day"] : []), ...apart, ...currencies].map((name) => sql`c.${sql.id(name)}`);
  const gone = sql`null::timestamptz as "deleted_at"`;
  const kept = [
    ...keys,
    ...(byDate ? [sql`nullif(c."_day", ${sql.raw(never)}) as ${sql.id(dated)}`] : []),
    gone,
    sql`sum(c."_n")::bigint as "_n"`,
    ...of(["q", "s", "lo", "hi"]).map(({ at, part }) => {
      const own = sql`c.${sql.id(valueColumn(part, at))}`;
      const sum = part === "q" ? sql`sum(${own})::bigint` : part === "s" ? sql`sum(${own})` : undefined;
      return sql`${sum ?? (part === "lo" ? sql`min(${own})` : sql`max(${own})`)} as ${sql.id(valueColumn(part, at))}`;
    }),
  ];
  const day = dayAt(daily, "o");
  const single = [
    ...(byDay ? [sql`${day} as "_day"`] : []),
    ...apart.map((name) => sql`o.${sql.id(name)}`),
    ...of(["c"]).map(
      ({ value, at }) => sql`${currencyOf(valueAt(keeping, "o", value))} as ${sql.id(valueColumn("c", at))}`,
    ),
    ...(byDate ? [sql`o.${sql.id(dated)}`] : []),
    gone,
    sql`1::bigint as "_n"`,
    ...of(["q", "s", "lo", "hi"]).map(({ value, at, part }) => {
      const own = amountOf(valueAt(keeping, "o", value));
      const piece =
        part === "q"
          ? sql`(case when ${own} is null then 0 else 1 end)::bigint`
          : part === "s"
            ? isNumber(value)
              ? sql`(${own})::numeric`
              : sql`null::numeric`
            : sql`(${own})::${sql.raw(leastType(value))}`;
      return sql`${piece} as ${sql.id(valueColumn(part, at))}`;
    }),
  ];
  const table = tableIn({ schema, entity: daily.entity });
  const records = (which: Piece) =>
    sql`select ${sql.join(single)} from ${table} as o where o.deleted_at is null and ${which} and ${askedFor(use, day)}`;
  const grouped = keys.length > 0 ? sql`group by ${sql.join(keys)}` : sql`having count(*) > 0`;
  return sql`select ${sql.join(kept)} from ${tableOfSums(keeping)} as c
      where c."_day" < ${last} and ${askedFor(use, sql`c."_day"`)}
        and not exists (select from ${marks} and m.day = c."_day") ${grouped}
    union all ${records(sql`${day} >= ${last}`)}
    union all ${records(sql`${day} = any(array(select distinct m.day from ${marks} and m.day < ${last}))`)}`;
}

function askedFor({ from, to }: DailyUse, day: Piece): Piece {
  // What has no date lies neither before nor behind any.
  const parts = [
    ...(from ? [sql`${day} >= ${from}::date`] : []),
    ...(to ? [sql`${day} < ${to}::date and ${day} > ${sql.raw(never)}`] : []),
  ];
  return parts.length > 0 ? sql.join(parts, sql` and `) : sql`true`;
}
