import { sql } from "kysely";
import type { Measure } from "../measures.ts";
import type { AggregatePlan } from "../report.ts";
import { asOfRows } from "./as-of.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { dailyRows } from "./daily.ts";
import { compileWhere } from "./expression.ts";
import { groupOf, type Group, type Taken } from "./groups.ts";
import { measureOf, measuresOf, type Measured } from "./measured.ts";
import { Source, type Reader } from "./source.ts";
import { searched } from "./words.ts";
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

/** The records of a plan's entity: as they are, as they were at a moment, or the sums of their days. */
function sourceFor(reader: Reader, { entity, asOf, daily }: AggregatePlan): Source {
  const rows = asOf !== undefined ? asOfRows(reader, entity, asOf) : daily && dailyRows(daily);
  return new Source(reader, entity, "t", { alias: 1 }, rows ? { rows, many: true } : {});
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
  const source = sourceFor(reader, plan);
  const keys = plan.group.map((key, at) => groupOf(source, key, at, plan.daily));
  const { taken, order: amount } = measureOf(source, measure, 0, plan.daily);
  const columns = [
    ...plan.group.map(({ name }, at) => sql`${keys[at]!.shown} as ${sql.id(name)}`),
    sql`s.c0 as "_currency"`,
    sql`trim_scale(${amount})::text as "_amount"`,
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
  const source = sourceFor(reader, plan);
  const keys = plan.group.map((key, at) => groupOf(source, key, at, plan.daily));
  const measures = measuresOf(source, plan.measures, plan.daily);
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
  const keys = plan.group.map((key, at) => groupOf(source, key, at, plan.daily));
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

/**
 * The records that count, as `s`. Values are worked out here, once and under a name: a value that is masked is the same
 * in the group, in the answer and in the order.
 */
function rowsOf(source: Source, plan: AggregatePlan, parts: readonly Taken[]): Piece {
  const columns = [sql`1 as one`, ...parts.flatMap(({ taken }) => taken)];
  const where = conditions(source, plan);
  return sql`(select ${sql.join(columns)} from ${source.from()} where ${where}) as s`;
}

function mixedOf({ measures }: AggregatePlan, pieces: readonly Measured[]): Piece {
  const flags = pieces.flatMap(({ mixed }, at) =>
    mixed ? [sql`case when ${mixed} then ${measures[at]!.name}::text end`] : [],
  );
  return flags.length > 0 ? sql`array_remove(array[${sql.join(flags)}], null)` : sql`null::text[]`;
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

/**
 * What records must fulfil to count: those that the reader sees, outside the trash, that were asked for. Rows of a moment
 * are those that she sees now, whatever they were then.
 */
export function conditions(source: Source, plan: Pick<AggregatePlan, "filter" | "search" | "asOf">): Piece {
  const seen = plan.asOf === undefined ? source.visible() : sql`true`;
  const parts = [seen, sql`${sql.id(source.root.alias)}.deleted_at is null`];
  if (plan.filter) parts.push(compileWhere(plan.filter, source.context()));
  if (plan.search !== undefined) parts.push(searched(source, plan.search));
  return sql.join(parts, sql` and `);
}
