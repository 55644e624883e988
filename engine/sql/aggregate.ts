import { sql } from "kysely";
import type { AggregatePlan, Grain, GroupKey, Measure } from "../report.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileCondition, compileExpression, compileWhere, type SqlValue } from "./expression.ts";
import { searched } from "./words.ts";
import { ranked } from "./rank.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * Groups with their measures, one row each, as JSON text in `row`. Measures of money are answered for one currency; a
 * group that holds several says so in `_mixed`, and is asked again with `currencyStatement`.
 */
export function aggregateStatement(reader: Reader, plan: AggregatePlan): CompiledStatement {
  return compile(rowsAnswered(reader, plan));
}

/**
 * The same with what all records come to beside it, `totals`, and what those come to that are in none of the groups,
 * `other`: one row, whose `rows` are the groups as they are answered. In one statement, so that they fit each other.
 */
export function summedStatement(reader: Reader, plan: AggregatePlan): CompiledStatement {
  const beside = [
    ...(plan.totals ? [sql`(${rowsAnswered(reader, ungrouped(plan))}) as totals`] : []),
    ...(plan.other ? [sql`(${rowsAnswered(reader, ungrouped(plan), plan)}) as other`] : []),
  ];
  return compile(
    sql`select (select coalesce(json_agg(a.row), '[]') from (${rowsAnswered(reader, plan)}) as a) as rows, ${sql.join(beside)}`,
  );
}

/** The measures of all records that a plan means, whatever their group. */
export function ungrouped(plan: AggregatePlan): AggregatePlan {
  return { ...plan, group: [], having: undefined, sort: [], limit: 1, totals: false, other: false };
}

function rowsAnswered(reader: Reader, plan: AggregatePlan, without?: AggregatePlan): Piece {
  const names = [...plan.group, ...plan.measures].map(({ name }) => sql`g.${sql.id(name)}`);
  return sql`select (select to_json(r) from (select ${sql.join([...names, sql`g."_mixed"`])}) as r) as row
    from ${answered(reader, plan, without)}`;
}

/** One measure of money for each group that is answered and each currency: the group's values, the currency, the amount. */
export function currencyStatement(
  reader: Reader,
  plan: AggregatePlan,
  measure: Measure,
  without?: AggregatePlan,
): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const keys = plan.group.map((key, at) => groupOf(source, key, at));
  const { taken, held } = measureOf(source, measure, 0);
  const columns = [
    ...plan.group.map(({ name }, at) => sql`${keys[at]!.shown} as ${sql.id(name)}`),
    sql`s.c0 as "_currency"`,
    sql`trim_scale(${applied(measure, sql`s.m0`, held)})::text as "_amount"`,
  ];
  const by = [...keys.flatMap((key) => key.by), sql`s.c0`];
  const among =
    keys.length > 0 ? sql`${wholeKey(keys)} in (select g."_key" from ${answered(reader, plan)})` : sql`true`;
  const left = leftOut(reader, source, without);
  return compile(sql`select (select to_json(r) from (select c.*) as r) as row from (
    select ${sql.join(columns)} from ${rowsOf(source, plan, [...keys, ...left.keys, { taken }])}
    where s.c0 is not null and ${among} and ${left.condition}${measure.filter ? sql` and s.f0` : sql``}
    group by ${sql.join(by)} order by s.c0) as c`);
}

/** The groups `g` that are answered, in their order, up to the limit; of the records that are in no group of `without`. */
function answered(reader: Reader, plan: AggregatePlan, without?: AggregatePlan): Piece {
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
  const left = leftOut(reader, source, without);
  const some = without ? sql`having count(*) > 0` : havingOf(source, plan, measures);
  return sql`(select ${sql.join(columns)} from ${rowsOf(source, plan, [...keys, ...left.keys, ...measures])}
    where ${left.condition} ${grouping(keys)} ${some}
    order by ${sql.join(order)} limit ${sql.raw(String(plan.limit))}) as g`;
}

/** The records that are in none of the groups that a plan answers, and what of them tells so. */
function leftOut(
  reader: Reader,
  source: Source,
  plan: AggregatePlan | undefined,
): { keys: readonly Group[]; condition: Piece } {
  if (!plan) return { keys: [], condition: sql`true` };
  const keys = plan.group.map((key, at) => groupOf(source, key, at));
  return { keys, condition: sql`${wholeKey(keys)} not in (select g."_key" from ${answered(reader, plan)})` };
}

/** What groups must fulfil; a measure of money over several currencies is neither more nor less than anything. */
function havingOf(source: Source, { having, measures }: AggregatePlan, pieces: readonly Measured[]): Piece {
  if (!having) return sql``;
  const path = (root: string) => pieces[measures.findIndex(({ name }) => name === root)]!.value;
  return sql`having ${compileWhere(having, { ...source.context(), path })}`;
}

/** All values of a group as one text: two groups have the same one exactly when they are the same group. */
function wholeKey(keys: readonly Group[]): Piece {
  if (keys.length === 0) return sql`''::text`;
  return sql`row(${sql.join(keys.map(({ by }) => by[0]!))})::text`;
}

export interface Taken {
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

export interface Group extends Taken {
  /** How the group's value is answered. */
  readonly shown: Piece;
  readonly by: readonly Piece[];
  /** What people read of it, as text. */
  readonly label: Piece;
  /** What groups are sorted by: the place of a choice or a state among its like. */
  readonly order: Piece;
}

/** What records are grouped by, as column `k<at>` of the records taken. */
export function groupOf(source: Source, { path, type, by, zone }: GroupKey, at: number): Group {
  const last = path.at(-1)!.field!;
  const value = source.path(path);
  const piece = "value" in value ? value.value : value.amount;
  const [key, name] = [sql.id("s", `k${at}`), sql.id("s", `n${at}`)];
  const take = (taken: Piece, shown: Piece): Group => ({
    taken: [sql`${taken} as ${sql.id(`k${at}`)}`],
    shown,
    by: [sql`${key}`],
    label: sql`${key}::text`,
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

interface Measured extends Taken {
  readonly shown: Piece;
  readonly order: Piece;
  /** As conditions over groups read it. */
  readonly value: SqlValue;
  /** Which records it takes, for an aggregate function. */
  readonly held: Piece;
  /** True of groups that hold several currencies. */
  readonly mixed?: Piece;
}

function measureOf(source: Source, measure: Measure, at: number): Measured {
  const { of, filter } = measure;
  const held = filter ? sql` filter (where ${sql.id("s", `f${at}`)})` : sql``;
  const chosen = filter ? [sql`${compileCondition(filter, source.context())} as ${sql.id(`f${at}`)}`] : [];
  if (!of) {
    const counted = sql`count(*)${held}`;
    return { taken: chosen, held, shown: counted, order: counted, value: { value: sql`${counted}::numeric` } };
  }
  const value = compileExpression(of, source.context());
  const [own, currency] = [sql`${sql.id("s", `m${at}`)}`, sql`${sql.id("s", `c${at}`)}`];
  const piece = applied(measure, own, held);
  if ("amount" in value && measure.kind !== "count_distinct") {
    const [first, last] = [sql`min(${currency})${held}`, sql`max(${currency})${held}`];
    return {
      taken: [...chosen, sql`${value.amount} as ${sql.id(`m${at}`)}`, sql`${value.currency} as ${sql.id(`c${at}`)}`],
      held,
      shown: sql`case when ${piece} is not null then
        json_build_object('amount', trim_scale(${piece})::text, 'currency', ${first}) end`,
      order: piece,
      value: { amount: sql`case when ${first} = ${last} then ${piece} end`, currency: first },
      mixed: sql`${first} <> ${last}`,
    };
  }
  const taken = [...chosen, sql`${"amount" in value ? value.amount : value.value} as ${sql.id(`m${at}`)}`];
  const counts = measure.kind === "count_distinct";
  return {
    taken,
    held,
    shown: asJson(measure, piece),
    order: piece,
    value: { value: counts ? sql`${piece}::numeric` : piece },
  };
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

function applied({ kind }: Measure, piece: Piece, held: Piece): Piece {
  switch (kind) {
    case "count_distinct":
      return sql`count(distinct ${piece})${held}`;
    case "avg":
      return sql`round(avg(${piece})${held}, 12)`;
    case "sum":
      return sql`sum(${piece})${held}`;
    case "min":
      return sql`min(${piece})${held}`;
    default:
      return sql`max(${piece})${held}`;
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

/** What records must fulfil to count: those that the reader sees, outside the trash, that were asked for. */
export function conditions(source: Source, plan: Pick<AggregatePlan, "filter" | "search">): Piece {
  const parts = [source.visible(), sql`${sql.id(source.root.alias)}.deleted_at is null`];
  if (plan.filter) parts.push(compileWhere(plan.filter, source.context()));
  if (plan.search !== undefined) parts.push(searched(source, plan.search));
  return sql.join(parts, sql` and `);
}
