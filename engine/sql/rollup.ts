import { sql } from "kysely";
import { isNumber, type RollingUp } from "../field-types/rollup.ts";
import type { Entity, Field } from "../model.ts";
import type { Checked } from "../expression/check.ts";
import { worthsIn, type Rollup, type RollupChange } from "../rollup.ts";
import { compileCondition, compileExpression } from "./expression.ts";
import { Source, type Reader } from "./source.ts";
import { tableIn, type Piece, type Target } from "./write.ts";

/** The roll-ups of some records as they change. */
export interface RollupRow {
  readonly id: string;
  readonly fields: ReadonlyMap<string, RollupChange>;
}

/** The columns in which roll-ups are read. */
const readIn = (alias: string, fields: readonly Field[]): Piece =>
  sql.join(fields.map((field) => sql`${sql.id(alias)}.${sql.id(columnsOf(field).first)}`));

/** Locks the records whose roll-ups change, in the order of ids, whoever else is at them; answers these as they are. */
export function lockParents(target: Target, fields: readonly Field[], ids: readonly string[]): Piece {
  return sql`select t.id, ${readIn("t", fields)} from ${tableIn(target)} as t
    where t.id = any(${ids}::uuid[]) order by t.id for no key update of t`;
}

/** Adds to counts, sums and averages what writes have made of them: one statement for all records of an entity; answers them. */
export function addChanges(target: Target, fields: readonly Field[], rows: readonly RollupRow[]): Piece {
  const given = rows.map(({ id, fields: changes }) => ({
    id,
    ...Object.fromEntries(
      fields.flatMap(({ name }, at) => {
        const change = changes.get(name);
        return [
          [`n${at}`, change?.count ?? 0],
          [`s${at}`, change?.sum.toFixed() ?? "0"],
        ];
      }),
    ),
  }));
  const typed = fields.flatMap((_, at) => [sql`${sql.id(`n${at}`)} bigint`, sql`${sql.id(`s${at}`)} numeric`]);
  const sets = fields.flatMap((field, at) => {
    const sofar = (column: string) => sql`coalesce(t.${sql.id(column)}, 0)`;
    const [n, s] = [sql`r.${sql.id(`n${at}`)}`, sql`r.${sql.id(`s${at}`)}`];
    const { first, sum, count } = columnsOf(field);
    if (isNumber(field.property.measure as RollingUp["measure"]))
      return [sql`${sql.id(first)} = ${sofar(first)} + ${n}`];
    if (field.property.measure === "sum") return [sql`${sql.id(first)} = trim_scale(${sofar(first)} + ${s})`];
    return setAverage(field, sql`${sofar(sum)} + ${s}`, sql`${sofar(count)} + ${n}`);
  });
  return sql`update ${tableIn(target)} as t set ${sql.join(sets)}
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as r(id uuid, ${sql.join(typed)}) where t.id = r.id
    returning t.id, ${readIn("t", fields)}`;
}

/** Works roll-ups of an entity out anew from all records of their lists, for some records or for all; answers those of some. */
export function workOut(reader: Reader, entity: Entity, rollups: readonly Rollup[], ids?: readonly string[]): Piece {
  const { joins, values } = worked(reader, rollups, ids ? "some" : "all");
  const fields = rollups.map(({ field }) => field);
  const table = tableIn({ schema: reader.schema, entity });
  const sets = values.map(({ column, value }) => sql`${sql.id(column)} = ${value}`);
  return sql`update ${table} as u set ${sql.join(sets)} from ${table} as p ${sql.join(joins, sql` `)}
    where u.id = p.id${ids ? sql` and p.id = any(${ids}::uuid[]) returning u.id, ${readIn("u", fields)}` : sql``}`;
}

/**
 * Fills the columns of a roll-up under other names while nobody reads them, in the records whose ids `batch` selects;
 * answers their ids.
 */
export function fill(reader: Reader, rollup: Rollup, columns: readonly string[], batch: Piece): Piece {
  const { joins, values } = worked(reader, [rollup], "some");
  const table = tableIn({ schema: reader.schema, entity: rollup.parent });
  const sets = values.map(({ value }, at) => sql`${sql.id(columns[at] ?? "")} = ${value}`);
  return sql`with batch as (${batch})
    update ${table} as u set ${sql.join(sets)} from batch as p ${sql.join(joins, sql` `)} where u.id = p.id returning u.id`;
}

/** The ids of the records that came, or of whose list a record was written, since the transaction `xid`. */
export function touchedSince(schema: string, { parent, child, list }: Rollup, xid: unknown): Piece {
  const raw = sql.raw(schema);
  const written = (entity: string) => sql`e.xid >= ${xid}::xid8 and e.entity = ${entity}::text`;
  const key = sql.lit(`#${list.reference.anchor}`);
  const columns = Object.keys(list.reference.columns);
  const pointed = (side: Piece) =>
    columns.length > 1 ? sql`(${side} -> ${key} ->> 'id')::uuid` : sql`(${side} ->> ${key})::uuid`;
  const steps = sql`from ${raw}._event as e join ${raw}._history as h on h.record = e.record where ${written(child.name)}`;
  return sql`select k.id from (
    select e.record as id from ${raw}._event as e where ${written(parent.name)}
    union all select ${pointed(sql`h.before`)} ${steps} union all select ${pointed(sql`h.after`)} ${steps}) as k
    where k.id is not null`;
}

/** Counts, as `n`, the records in which a roll-up is not what all records of its list come to; `sample` is one of them. */
export function drift(reader: Reader, rollup: Rollup): Piece {
  const { joins, values } = worked(reader, [rollup], "all");
  const differs = values.map(({ column, value }) => sql`p.${sql.id(column)} is distinct from ${value}`);
  return sql`select count(*)::int as n, min(p.id::text) as sample
    from ${tableIn({ schema: reader.schema, entity: rollup.parent })} as p ${sql.join(joins, sql` `)}
    where ${sql.join(differs, sql` or `)}`;
}

/** Of some records the lists are looked up one by one, of all they are read through once. */
type HowMany = "some" | "all";

/**
 * What the roll-ups of a record `p` come to: a join for each list, read once for all that is made of it, and the values
 * that the columns are to have.
 */
function worked(reader: Reader, rollups: readonly Rollup[], many: HowMany) {
  const lists = [...Map.groupBy(rollups, ({ list }) => list.reference.address).values()];
  const joins = lists.map((them, at) => {
    const alias = sql.id(`w${at}`);
    const read = listed(reader, them, many);
    return many === "some"
      ? sql`left join lateral (${read}) as ${alias} on true`
      : sql`left join (${read}) as ${alias} on ${alias}.parent = p.id`;
  });
  const values = lists.flatMap((them, at) =>
    them.flatMap((rollup, index) => valuesOf(rollup, sql.id(`w${at}`), index)),
  );
  return { joins, values };
}

interface ColumnValue {
  readonly column: string;
  readonly value: Piece;
}

function valuesOf({ field, measure }: Rollup, alias: Piece, index: number): readonly ColumnValue[] {
  const { first, sum, count } = columnsOf(field);
  const own = (name: string) => sql`${alias}.${sql.id(`${name}${index}`)}`;
  const [n, s] = [sql`coalesce(${own("n")}, 0)`, sql`coalesce(${own("s")}, 0)`];
  if (measure === "avg")
    return [
      { column: first, value: average(s, n) },
      { column: sum, value: s },
      { column: count, value: n },
    ];
  const plain = isNumber(measure) ? n : measure === "sum" ? s : own("s");
  return [{ column: first, value: field.columns[first] === "numeric" ? sql`trim_scale(${plain})` : plain }];
}

/** What the records of one list come to: for each roll-up how many, and what of them. */
function listed(reader: Reader, rollups: readonly Rollup[], many: HowMany): Piece {
  const [{ child, list, parent }] = rollups as [Rollup];
  const source = new Source({ ...reader, access: undefined }, child, "c");
  const context = source.context(source.root, false);
  const columns = Object.keys(list.reference.columns);
  const points = sql`c.${sql.id(columns.at(-1) ?? "")}`;
  const ofKind = columns.length > 1 ? sql` and c.${sql.id(columns[0] ?? "")} = ${parent.name}::text` : sql``;
  const plainOf = (checked: Checked) => {
    const given = compileExpression(checked, context);
    return "value" in given ? given.value : given.amount;
  };
  const measures = rollups.flatMap(({ measure, value, where, currency, on }, index) => {
    const holds = where ? compileCondition(where, context) : sql`true`;
    const own = value ? plainOf(value) : sql`null::numeric`;
    const v = currency ? sql`((${own}) * ${rateOf(reader, plainOf(currency), on && plainOf(on))})` : own;
    const counted =
      measure === "count"
        ? sql`count(*)`
        : measure === "unrated"
          ? sql`count(case when ${own} is not null and ${v} is null then 1 end)`
          : sql`count(${v})`;
    const summed = measure === "min" ? sql`min(${v})` : measure === "max" ? sql`max(${v})` : sql`sum(${v})`;
    return [
      sql`${counted} filter (where ${holds}) as ${sql.id(`n${index}`)}`,
      sql`${summed} filter (where ${holds}) as ${sql.id(`s${index}`)}`,
    ];
  });
  const live = sql`from ${source.from()} where c.deleted_at is null${ofKind}`;
  return many === "some"
    ? sql`select ${sql.join(measures)} ${live} and ${points} = p.id`
    : sql`select ${points} as parent, ${sql.join(measures)} ${live} and ${points} is not null group by ${points}`;
}

/** What one of a currency is worth in that of the workspace, by the rate that holds on a day. */
function rateOf({ model }: Reader, currency: Piece, on: Piece | undefined): Piece {
  const rows = sql`jsonb_to_recordset(${JSON.stringify(worthsIn(model))}::jsonb) as w(currency text, "from" date, rate numeric)`;
  return sql`(select w.rate from ${rows} where w.currency = coalesce(${currency}, ${model.workspace.currency}::text)
    and w."from" <= coalesce(${on ?? sql`null`}, date '9999-12-31') order by w."from" desc limit 1)`;
}

function columnsOf(field: Field): { readonly first: string; readonly sum: string; readonly count: string } {
  const [first = field.name, sum = first, count = first] = Object.keys(field.columns);
  return { first, sum, count };
}

function setAverage(field: Field, total: Piece, n: Piece): readonly Piece[] {
  const { first, sum, count } = columnsOf(field);
  return [sql`${sql.id(sum)} = ${total}`, sql`${sql.id(count)} = ${n}`, sql`${sql.id(first)} = ${average(total, n)}`];
}

/** A quotient as the language of expressions gives it; of nothing there is none. */
const average = (total: Piece, n: Piece) =>
  sql`trim_scale(round(round(round(${total}, 40) / nullif(${n}, 0), 40), 12))`;
