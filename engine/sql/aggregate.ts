import { sql } from "kysely";
import type { AggregatePlan, Grain, GroupKey, Measure } from "../report.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { compileCondition, compileExpression } from "./expression.ts";
import { searched } from "./select.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * Groups with their measures, one row each, as JSON text in `row`. Measures of money are answered for one currency; a
 * group that holds several says so in `_mixed`, and is asked again with `perCurrency`.
 */
export function aggregateStatement(reader: Reader, plan: AggregatePlan): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const keys = plan.group.map((key) => groupPieces(source, key));
  const measures = plan.measures.map((measure) => ({ measure, ...measurePieces(source, measure) }));
  const where = conditions(source, plan);
  const columns = [
    ...plan.group.map((key, at) => sql`${keys[at]!.shown} as ${sql.id(key.name)}`),
    ...measures.map(({ measure, shown }) => sql`${shown} as ${sql.id(measure.name)}`),
  ];
  const mixed = measures.flatMap(({ measure, mixed }) =>
    mixed ? [sql`case when ${mixed} then ${measure.name}::text end`] : [],
  );
  const flags = mixed.length > 0 ? sql`array_remove(array[${sql.join(mixed)}], null)` : sql`null::text[]`;
  const inner = sql`select ${sql.join([...columns, sql`${flags} as "_mixed"`])} , ${sql.join([...orderPieces(plan, keys, measures), sql`1 as _o`])}
    from ${source.from()} where ${where} ${grouping(keys)}`;
  const order = plan.sort.map(
    ({ descending }, at) => sql`${sql.id(`_s${at}`)} ${sql.raw(descending ? "desc" : "asc")} nulls last`,
  );
  const settle = plan.group.map((_, at) => sql`${sql.id(`_g${at}`)} nulls last`);
  const names = [...plan.group.map(({ name }) => name), ...plan.measures.map(({ name }) => name), "_mixed"];
  return compile(sql`select (select to_json(r) from (select ${sql.join(names.map((name) => sql`g.${sql.id(name)}`))}) as r) as row
    from (${inner}) as g ${order.length + settle.length > 0 ? sql`order by ${sql.join([...order, ...settle])}` : sql``} limit ${sql.raw(String(plan.limit))}`);
}

/** One measure of money for each group and currency: the group's values, the currency, the amount. */
export function currencyStatement(reader: Reader, plan: AggregatePlan, measure: Measure): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const keys = plan.group.map((key) => groupPieces(source, key));
  const value = compileExpression(measure.of!, source.context());
  if (!("amount" in value)) throw new Error("Only money has currencies.");
  const where = conditions(source, plan);
  const columns = plan.group.map((key, at) => sql`${keys[at]!.shown} as ${sql.id(key.name)}`);
  const amount = sql`trim_scale(${applied(measure, value.amount)})::text`;
  const all = [...keys.flatMap(({ by }) => by), value.currency];
  return compile(sql`select (select to_json(r) from (select g.*) as r) as row from (
    select ${sql.join([...columns, sql`${value.currency} as "_currency"`, sql`${amount} as "_amount"`])}
    from ${source.from()} where ${where} and ${value.currency} is not null group by ${sql.join(all)} order by ${value.currency}) as g limit 5000`);
}

interface GroupPieces {
  /** How the group's value is answered. */
  readonly shown: Piece;
  readonly by: readonly Piece[];
}

function groupPieces(source: Source, { path, type, by, zone }: GroupKey): GroupPieces {
  const overList = path.some(({ list }) => list);
  const last = path.at(-1)!.field!;
  const value = source.path(path);
  const piece = "value" in value ? value.value : value.amount;
  if (by) {
    const day = type.kind === "moment" ? sql`(${piece} at time zone ${zone}::text)` : sql`${piece}::timestamp`;
    const part = sql`to_char(${day}, ${sql.lit(formats[by])})`;
    return { shown: part, by: [part] };
  }
  if (type.kind === "record" && last.targets.length === 1 && !overList) {
    const nameField = source.reader.model.entities.get(last.targets[0] ?? "")?.nameField;
    const there = source.standingAt([...path.slice(0, -1), { name: last.name, field: last, to: last.targets[0]! }]);
    const name = nameField && source.value(nameField, there);
    const text = name && "value" in name ? sql`${name.value}::text` : sql`null::text`;
    return {
      shown: sql`case when ${piece} is not null then json_build_object('id', ${piece}, 'name', ${text}) end`,
      by: [piece, text],
    };
  }
  if (type.kind === "number") return { shown: sql`trim_scale(${piece})::text`, by: [piece] };
  if (type.kind === "moment")
    return { shown: sql`to_char(${piece} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, by: [piece] };
  return { shown: piece, by: [piece] };
}

const formats: Readonly<Record<Grain, string>> = {
  day: "YYYY-MM-DD",
  week: 'IYYY-"W"IW',
  month: "YYYY-MM",
  quarter: 'YYYY-"Q"Q',
  year: "YYYY",
};

interface MeasurePieces {
  readonly shown: Piece;
  readonly order: Piece;
  /** True of groups that hold several currencies. */
  readonly mixed?: Piece;
}

function measurePieces(source: Source, measure: Measure): MeasurePieces {
  if (!measure.of) return { shown: sql`count(*)`, order: sql`count(*)` };
  const value = compileExpression(measure.of, source.context());
  if ("amount" in value) {
    const amount = applied(measure, value.amount);
    const shown = sql`case when ${amount} is not null then
      json_build_object('amount', trim_scale(${amount})::text, 'currency', min(${value.currency})) end`;
    return { shown, order: amount, mixed: sql`min(${value.currency}) <> max(${value.currency})` };
  }
  const piece = applied(measure, value.value);
  const { kind } = measure.of.type;
  if (measure.kind === "count_distinct") return { shown: piece, order: piece };
  if (kind === "number" || kind === "duration") return { shown: sql`trim_scale(${piece})::text`, order: piece };
  if (kind === "moment")
    return { shown: sql`to_char(${piece} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, order: piece };
  return { shown: piece, order: piece };
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

function orderPieces(
  plan: AggregatePlan,
  keys: readonly GroupPieces[],
  measures: readonly (MeasurePieces & { readonly measure: Measure })[],
): readonly Piece[] {
  const sorted = plan.sort.map(({ name }, at) => {
    const group = plan.group.findIndex((key) => key.name === name);
    const piece = group >= 0 ? keys[group]!.by.at(-1)! : measures.find(({ measure }) => measure.name === name)!.order;
    return sql`${piece} as ${sql.id(`_s${at}`)}`;
  });
  return [...sorted, ...keys.map(({ by }, at) => sql`${by.at(-1)!} as ${sql.id(`_g${at}`)}`)];
}

function grouping(keys: readonly GroupPieces[]): Piece {
  return keys.length === 0 ? sql`` : sql`group by ${sql.join(keys.flatMap(({ by }) => by))}`;
}

function conditions(source: Source, plan: AggregatePlan): Piece {
  const parts = [source.visible(), sql`${sql.id(source.root.alias)}.deleted_at is null`];
  if (plan.filter) parts.push(compileCondition(plan.filter, source.context()));
  if (plan.search !== undefined) parts.push(searched(source, plan.search));
  return sql.join(parts, sql` and `);
}
