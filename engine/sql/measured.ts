import { sql } from "kysely";
import type { Measure } from "../measures.ts";
import { dailyMeasure } from "./daily-fit.ts";
import type { DailyUse } from "../reports/daily.ts";
import { compileCondition, compileExpression, type SqlValue } from "./expression.ts";
import type { Taken } from "./groups.ts";
import type { Source } from "./source.ts";
import { toldOf } from "./told.ts";
import type { Piece } from "./write.ts";

/** A measure of groups, in SQL. */
export interface Measured extends Taken {
  readonly shown: Piece;
  readonly order: Piece;
  /** As conditions over groups read it. */
  readonly value: SqlValue;
  /** Which records it takes, for an aggregate function. */
  readonly held: Piece;
  /** True of groups that hold several currencies. */
  readonly mixed?: Piece;
}

/** All measures in their order; ratios are made of the others. */
export function measuresOf(source: Source, measures: readonly Measure[], daily?: DailyUse): readonly Measured[] {
  const made = measures.map((it, at) => (it.ratio ? undefined : measureOf(source, it, at, daily)));
  return measures.map((it, at) => made[at] ?? ratioOf(it.ratio!.map((name) => made[indexIn(measures, name)]!)));
}

const indexIn = (measures: readonly Measure[], wanted: string) => measures.findIndex(({ name }) => name === wanted);

/** One measure for each of another; of amounts in several currencies, or in two different ones, there is none. */
function ratioOf([over, under]: readonly Measured[]): Measured {
  const [one, other] = [over!.value, under!.value];
  const [upper, lower] = [one, other].map((it) => ("amount" in it ? it.amount : it.value));
  const worked = sql`round(${upper} / nullif(${lower}, 0), 12)`;
  const alike =
    "amount" in one && "amount" in other
      ? sql`case when ${one.currency} = ${other.currency} then ${worked} end`
      : worked;
  const nothing = { taken: [], held: sql``, order: alike };
  if (!("amount" in one) || "amount" in other)
    return { ...nothing, shown: sql`trim_scale(${alike})::text`, value: { value: alike } };
  const { currency } = one;
  const shown = sql`case when ${alike} is not null then
    json_build_object('amount', trim_scale(${alike})::text, 'currency', ${currency}) end`;
  return { ...nothing, shown, value: { amount: alike, currency } };
}

/** One measure that is no ratio, over records or over sums of them. */
export function measureOf(source: Source, measure: Measure, at: number, daily?: DailyUse): Measured {
  const { of, filter, told } = measure;
  const held = filter ? sql` filter (where ${sql.id("s", `f${at}`)})` : sql``;
  const sums = daily && dailyMeasure(source, daily, measure, at, held);
  const chosen = filter ? [sql`${compileCondition(filter, source.context())} as ${sql.id(`f${at}`)}`] : [];
  if (told) {
    const taken = [...chosen, sql`${toldOf(source, told)} as ${sql.id(`m${at}`)}`];
    const piece = applied(measure, sql`${sql.id("s", `m${at}`)}`, held);
    const counts = measure.kind === "count";
    const shown = counts ? piece : sql`trim_scale(${piece})::text`;
    return { taken, held, shown, order: piece, value: { value: counts ? sql`${piece}::numeric` : piece } };
  }
  if (!of) {
    const counted = sums?.piece ?? sql`count(*)${held}`;
    return {
      taken: [...chosen, ...(sums?.taken ?? [])],
      held,
      shown: counted,
      order: counted,
      value: { value: sql`${counted}::numeric` },
    };
  }
  const value = compileExpression(of, source.context());
  const [own, currency] = [sql`${sql.id("s", `m${at}`)}`, sql`${sql.id("s", `c${at}`)}`];
  const piece = sums?.piece ?? applied(measure, own, held);
  if ("amount" in value && measure.kind !== "count_distinct") {
    const [first, last] = [sql`min(${currency})${held}`, sql`max(${currency})${held}`];
    return {
      taken: [
        ...chosen,
        ...(sums?.taken ?? [sql`${value.amount} as ${sql.id(`m${at}`)}`]),
        sql`${sums?.currency ?? value.currency} as ${sql.id(`c${at}`)}`,
      ],
      held,
      shown: sql`case when ${piece} is not null then
        json_build_object('amount', trim_scale(${piece})::text, 'currency', ${first}) end`,
      order: piece,
      value: { amount: sql`case when ${first} = ${last} then ${piece} end`, currency: first },
      mixed: sql`${first} <> ${last}`,
    };
  }
  const single = sql`${"amount" in value ? value.amount : value.value} as ${sql.id(`m${at}`)}`;
  const taken = [...chosen, ...(sums?.taken ?? [single])];
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

/** A measure's function over the values of a group. */
export function applied({ kind, share = 0.5 }: Measure, piece: Piece, held: Piece): Piece {
  switch (kind) {
    case "count":
      return sql`count(${piece})${held}`;
    case "percentile":
      return sql`round((percentile_cont(${sql.lit(share)}) within group (order by ${piece})${held})::numeric, 9)`;
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
