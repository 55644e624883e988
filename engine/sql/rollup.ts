import { sql } from "kysely";
import type { Entity, Field } from "../model.ts";
import type { Rollup, RollupChange } from "../rollup.ts";
import { compileCondition, compileExpression } from "./expression.ts";
import { Source, type Reader } from "./source.ts";
import { tableIn, type Piece, type Target } from "./write.ts";

/** The roll-ups of some records as they change. */
export interface RollupRow {
  readonly id: string;
  readonly fields: ReadonlyMap<string, RollupChange>;
}

/** Locks the records whose roll-ups change, in the order of ids, whoever else is at them. */
export function lockParents(target: Target, ids: readonly string[]): Piece {
  return sql`select t.id from ${tableIn(target)} as t where t.id = any(${ids}::uuid[]) order by t.id for no key update of t`;
}

/** Adds to counts, sums and averages what writes have made of them: one statement for all records of an entity. */
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
    if (field.property.measure === "count") return [sql`${sql.id(first)} = ${sofar(first)} + ${n}`];
    if (field.property.measure === "sum") return [sql`${sql.id(first)} = trim_scale(${sofar(first)} + ${s})`];
    return setAverage(field, sql`${sofar(sum)} + ${s}`, sql`${sofar(count)} + ${n}`);
  });
  return sql`update ${tableIn(target)} as t set ${sql.join(sets)}
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as r(id uuid, ${sql.join(typed)}) where t.id = r.id`;
}

/** Works roll-ups of an entity out anew from all records of their lists, for some records or for all. */
export function workOut(reader: Reader, entity: Entity, rollups: readonly Rollup[], ids?: readonly string[]): Piece {
  const { joins, sets } = worked(reader, rollups, ids);
  const table = tableIn({ schema: reader.schema, entity });
  return sql`update ${table} as u set ${sql.join(sets.flat())} from ${table} as p ${sql.join(joins, sql` `)}
    where u.id = p.id${ids ? sql` and p.id = any(${ids}::uuid[])` : sql``}`;
}

/** Counts, as `n`, the records in which a roll-up is not what all records of its list come to; `sample` is one of them. */
export function drift(reader: Reader, rollup: Rollup): Piece {
  const { joins, values } = worked(reader, [rollup], undefined);
  const differs = values.map(({ column, value }) => sql`p.${sql.id(column)} is distinct from ${value}`);
  return sql`select count(*)::int as n, min(p.id::text) as sample
    from ${tableIn({ schema: reader.schema, entity: rollup.parent })} as p ${sql.join(joins, sql` `)}
    where ${sql.join(differs, sql` or `)}`;
}

/** For each roll-up a join of what its list comes to, and the values that the columns of the record `p` are to have. */
function worked(reader: Reader, rollups: readonly Rollup[], ids: readonly string[] | undefined) {
  const joins: Piece[] = [];
  const sets: (readonly Piece[])[] = [];
  const values: { readonly column: string; readonly value: Piece }[] = [];
  for (const [at, rollup] of rollups.entries()) {
    const alias = sql.id(`w${at}`);
    joins.push(sql`left join (${listed(reader, rollup, ids)}) as ${alias} on ${alias}.parent = p.id`);
    const { first, sum, count } = columnsOf(rollup.field);
    const [n, s] = [sql`coalesce(${alias}.n, 0)`, sql`coalesce(${alias}.s, 0)`];
    const { measure } = rollup;
    if (measure === "avg") {
      sets.push(setAverage(rollup.field, s, n));
      values.push({ column: sum, value: s }, { column: count, value: n }, { column: first, value: average(s, n) });
    } else {
      const plain = measure === "count" ? n : measure === "sum" ? s : sql`${alias}.s`;
      const value = rollup.field.columns[first] === "numeric" ? sql`trim_scale(${plain})` : plain;
      sets.push([sql`${sql.id(first)} = ${value}`]);
      values.push({ column: first, value });
    }
  }
  return { joins, sets, values };
}

/** What the records of a list come to, by the record that they point at: `n` of them, and `s`. */
function listed(reader: Reader, rollup: Rollup, ids: readonly string[] | undefined): Piece {
  const { child, list, parent, measure, value, where } = rollup;
  const source = new Source({ ...reader, access: undefined }, child, "c");
  const context = source.context(source.root, false);
  const holds = where ? compileCondition(where, context) : sql`true`;
  const given = value ? compileExpression(value, context) : { value: sql`null::numeric` };
  const v = "value" in given ? given.value : given.amount;
  const columns = Object.keys(list.reference.columns);
  const points = sql`c.${sql.id(columns.at(-1) ?? "")}`;
  const ofKind = columns.length > 1 ? sql` and c.${sql.id(columns[0] ?? "")} = ${parent.name}::text` : sql``;
  const counted = measure === "count" ? sql`count(*)` : sql`count(${v})`;
  const summed = measure === "min" ? sql`min(${v})` : measure === "max" ? sql`max(${v})` : sql`sum(${v})`;
  return sql`select ${points} as parent, ${counted} filter (where ${holds}) as n, ${summed} filter (where ${holds}) as s
    from ${source.from()} where c.deleted_at is null and ${points} is not null${ofKind}${ids ? sql` and ${points} = any(${ids}::uuid[])` : sql``}
    group by ${points}`;
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
