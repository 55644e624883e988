import { sql } from "kysely";
import type { AggregatePlan, Grain, GroupKey, Measure } from "../report.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileExpression, compileWhere } from "./expression.ts";
import { searched } from "./select.ts";
import { ranked } from "./rank.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * Groups with their measures, one row each, as JSON text in `row`. Measures of money are answered for one currency; a
 * group that holds several says so in `_mixed`, and is asked again with `currencyStatement`.
 */
export function aggregateStatement(reader: Reader, plan: AggregatePlan): CompiledStatement {
  const names = [...plan.group, ...plan.measures].map(({ name }) => sql`g.${sql.id(name)}`);
  return compile(
    sql`select (select to_json(r) from (select ${sql.join([...names, sql`g."_mixed"`])}) as r) as row from ${answered(reader, plan)}`,
  );
}

/** One measure of money for each group that is answered and each currency: the group's values, the currency, the amount. */
export function currencyStatement(reader: Reader, plan: AggregatePlan, measure: Measure): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const keys = plan.group.map((key, at) => groupOf(source, key, at));
  const { taken } = measureOf(source, measure, 0);
  const columns = [
    ...plan.group.map(({ name }, at) => sql`${keys[at]!.shown} as ${sql.id(name)}`),
    sql`s.c0 as "_currency"`,
    sql`trim_scale(${applied(measure, sql`s.m0`)})::text as "_amount"`,
  ];
  const by = [...keys.flatMap((key) => key.by), sql`s.c0`];
  return compile(sql`select (select to_json(r) from (select c.*) as r) as row from (
    select ${sql.join(columns)} from ${rowsOf(source, plan, [...keys, { taken }])}
    where s.c0 is not null and ${wholeKey(keys)} in (select g."_key" from ${answered(reader, plan)})
    group by ${sql.join(by)} order by s.c0) as c`);
}

/** The groups `g` that are answered, in their order, up to the limit. */
function answered(reader: Reader, plan: AggregatePlan): Piece {
  const source = new Source(reader, plan.entity);
  const keys = plan.group.map((key, at) => groupOf(source, key, at));
  const measures = plan.measures.map((measure, at) => measureOf(source, measure, at));
  const columns = [
    ...plan.group.map(({ name }, at) => sql`${keys[at]!.shown} as ${sql.id(name)}`),
    ...plan.measures.map(({ name }, at) => sql`${measures[at]!.shown} as ${sql.id(name)}`),
    sql`${mixedOf(plan, measures)} as "_mixed"`,
    sql`${wholeKey(keys)} as "_key"`,
    ...orderColumns(plan, keys, measures),
  ];
  const sorted = plan.sort.map(
    ({ descending }, at) => sql`${sql.id(`_s${at}`)} ${sql.raw(descending ? "desc" : "asc")} nulls last`,
  );
  const order = [...sorted, ...keys.map((_, at) => sql`${sql.id(`_g${at}`)} nulls last`), sql`"_key"`];
  return sql`(select ${sql.join(columns)} from ${rowsOf(source, plan, [...keys, ...measures])} ${grouping(keys)}
    order by ${sql.join(order)} limit ${sql.raw(String(plan.limit))}) as g`;
}

/** All values of a group as one text: two groups have the same one exactly when they are the same group. */
function wholeKey(keys: readonly Group[]): Piece {
  return sql`row(${sql.join(keys.map(({ by }) => by[0]!))})::text`;
}

interface Taken {
  /** What of each record the groups and measures are made of: columns of `s`. */
  readonly taken: readonly Piece[];
}

/**
 * The records that count, as `s`. Values are worked out here, once and under a name: a value that is masked is the same
 * in the group, in the answer and in the order.
 */
function rowsOf(source: Source, plan: AggregatePlan, parts: readonly Taken[]): Piece {
  const columns = [sql`1 as one`, ...parts.flatMap(({ taken }) => taken)];
  const where = conditions(source, plan);
  return sql`(select ${sql.join(columns)} from ${source.from()} where ${where}) as s`;
}

interface Group extends Taken {
  /** How the group's value is answered. */
  readonly shown: Piece;
  readonly by: readonly Piece[];
  /** What groups are sorted by: the place of a choice or a state among its like. */
  readonly order: Piece;
}

function groupOf(source: Source, { path, type, by, zone }: GroupKey, at: number): Group {
  const last = path.at(-1)!.field!;
  const value = source.path(path);
  const piece = "value" in value ? value.value : value.amount;
  const [key, name] = [sql.id("s", `k${at}`), sql.id("s", `n${at}`)];
  const take = (taken: Piece, shown: Piece): Group => ({
    taken: [sql`${taken} as ${sql.id(`k${at}`)}`],
    shown,
    by: [sql`${key}`],
    order: by ? sql`${key}` : ranked(source.reader.model, last, sql`${key}`),
  });
  if (by) {
    const day = type.kind === "moment" ? sql`(${piece} at time zone ${zone}::text)` : sql`${piece}::timestamp`;
    return take(sql`to_char(${day}, ${sql.lit(formats[by])})`, sql`${key}`);
  }
  if (type.kind === "record" && last.targets.length === 1 && !path.some(({ list }) => list)) {
    const nameField = source.reader.model.entities.get(last.targets[0] ?? "")?.nameField;
    const there = source.standingAt([...path.slice(0, -1), { name: last.name, field: last, to: last.targets[0]! }]);
    const named = nameField && source.value(nameField, there);
    const text = named && "value" in named ? sql`${named.value}::text` : sql`null::text`;
    return {
      taken: [sql`${piece} as ${sql.id(`k${at}`)}`, sql`${text} as ${sql.id(`n${at}`)}`],
      shown: sql`case when ${key} is not null then json_build_object('id', ${key}, 'name', ${name}) end`,
      by: [sql`${key}`, sql`${name}`],
      order: sql`${name}`,
    };
  }
  if (type.kind === "number") return take(piece, sql`trim_scale(${key})::text`);
  if (type.kind === "moment")
    return take(piece, sql`to_char(${key} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
  return take(piece, sql`${key}`);
}

const formats: Readonly<Record<Grain, string>> = {
  day: "YYYY-MM-DD",
  week: 'IYYY-"W"IW',
  month: "YYYY-MM",
  quarter: 'YYYY-"Q"Q',
  year: "YYYY",
};

interface Measured extends Taken {
  readonly shown: Piece;
  readonly order: Piece;
  /** True of groups that hold several currencies. */
  readonly mixed?: Piece;
}

function measureOf(source: Source, measure: Measure, at: number): Measured {
  if (!measure.of) return { taken: [], shown: sql`count(*)`, order: sql`count(*)` };
  const value = compileExpression(measure.of, source.context());
  const [own, currency] = [sql`${sql.id("s", `m${at}`)}`, sql`${sql.id("s", `c${at}`)}`];
  const piece = applied(measure, own);
  if ("amount" in value)
    return {
      taken: [sql`${value.amount} as ${sql.id(`m${at}`)}`, sql`${value.currency} as ${sql.id(`c${at}`)}`],
      shown: sql`case when ${piece} is not null then
        json_build_object('amount', trim_scale(${piece})::text, 'currency', min(${currency})) end`,
      order: piece,
      mixed: sql`min(${currency}) <> max(${currency})`,
    };
  const taken = [sql`${value.value} as ${sql.id(`m${at}`)}`];
  return { taken, shown: asJson(measure, piece), order: piece };
}

function asJson({ kind, of }: Measure, piece: Piece): Piece {
  if (kind === "count_distinct") return piece;
  if (of?.type.kind === "number" || of?.type.kind === "duration") return sql`trim_scale(${piece})::text`;
  if (of?.type.kind === "moment") return sql`to_char(${piece} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return piece;
}

function mixedOf({ measures }: AggregatePlan, pieces: readonly Measured[]): Piece {
  const flags = pieces.flatMap(({ mixed }, at) =>
    mixed ? [sql`case when ${mixed} then ${measures[at]!.name}::text end`] : [],
  );
  return flags.length > 0 ? sql`array_remove(array[${sql.join(flags)}], null)` : sql`null::text[]`;
}

function applied({ kind }: Measure, piece: Piece): Piece {
  switch (kind) {
    case "count_distinct":
      return sql`count(distinct ${piece})`;
    case "avg":
      return sql`round(avg(${piece}), 12)`;
    case "sum":
      return sql`sum(${piece})`;
    case "min":
      return sql`min(${piece})`;
    default:
      return sql`max(${piece})`;
  }
}

function orderColumns(plan: AggregatePlan, keys: readonly Group[], measures: readonly Measured[]): readonly Piece[] {
  const sorted = plan.sort.map(({ name }, at) => {
    const group = plan.group.findIndex((key) => key.name === name);
    const measure = plan.measures.findIndex((it) => it.name === name);
    const piece = group >= 0 ? keys[group]!.order : measures[measure]!.order;
    return sql`${piece} as ${sql.id(`_s${at}`)}`;
  });
  return [...sorted, ...keys.map(({ order }, at) => sql`${order} as ${sql.id(`_g${at}`)}`)];
}

function grouping(keys: readonly Group[]): Piece {
  return keys.length === 0 ? sql`` : sql`group by ${sql.join(keys.flatMap(({ by }) => by))}`;
}

function conditions(source: Source, plan: AggregatePlan): Piece {
  const parts = [source.visible(), sql`${sql.id(source.root.alias)}.deleted_at is null`];
  if (plan.filter) parts.push(compileWhere(plan.filter, source.context()));
  if (plan.search !== undefined) parts.push(searched(source, plan.search));
  return sql.join(parts, sql` and `);
}
