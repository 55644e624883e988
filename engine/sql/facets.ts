import { sql } from "kysely";
import type { Facet, FacetPlan } from "../facets.ts";
import { conditions } from "./aggregate.ts";
import { groupOf, type Group } from "./groups.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** Records that are counted at most: beyond it counts are of so many of them. */
export const facetRecordsMost = 100_000;

/**
 * The values of each facet that is told with how many records have them, as JSON in `f0`, `f1` …, one more than asked
 * for; `n`, how many records fulfil all that was chosen; `read`, how many were counted. Each facet counts the records that
 * fulfil what was chosen of the others. The records are read once.
 */
export function facetStatement(reader: Reader, plan: FacetPlan): CompiledStatement {
  const source = new Source(reader, plan.entity);
  const groups = plan.facets.map(({ key }, at) => groupOf(source, key, at));
  const where = conditions(source, plan);
  const columns = groups.flatMap(({ taken }) => taken);
  const only = plan.facets.length === 1 ? begins(plan.facets[0]!, groups[0]!) : [];
  const held = plan.facets.map((facet, at) => isChosen(facet, at));
  const told = plan.facets.flatMap((facet, at) =>
    facet.told ? [sql`${valuesOf(facet, groups[at]!, at, without(held, at))} as ${sql.id(`f${at}`)}`] : [],
  );
  return compile(sql`with s as materialized (select s.* from (select ${sql.join(columns)} from ${source.from()} where ${where}) as s
      where ${all(only)} limit ${sql.raw(String(facetRecordsMost + 1))})
    select ${sql.join(told)}, (select count(*) from s where ${all(held.flat())}) as n, (select count(*) from s) as read`);
}

const all = (pieces: readonly Piece[]): Piece => (pieces.length === 0 ? sql`true` : sql.join(pieces, sql` and `));
const without = (held: readonly (readonly Piece[])[], at: number) => held.filter((_, other) => other !== at).flat();

/** The values of one facet, the most frequent first. */
function valuesOf(facet: Facet, group: Group, at: number, others: readonly Piece[]): Piece {
  const value = sql.id("u", "v");
  const [rows, own, by]: [Piece, Piece, readonly Piece[]] = facet.listed
    ? [sql`s left join lateral unnest(s.${sql.id(`k${at}`)}) as u(v) on true`, sql`${value}`, [sql`${value}`]]
    : [sql`s`, group.shown, group.by];
  const label = facet.listed ? sql`${value}` : group.label;
  const order = facet.listed ? sql`${value}` : group.order;
  const kept = all([...others, ...begins(facet, { label })]);
  return sql`(select coalesce(json_agg(c), '[]') from (select ${own} as value, count(*) as count from ${rows} where ${kept}
    group by ${sql.join(by)} order by count(*) desc, ${order} nulls last, ${sql.join(by)} limit ${sql.raw(String(facet.limit + 1))}) as c)`;
}

/** Whether a record has one of the values chosen. */
function isChosen({ chosen, key, listed }: Facet, at: number): readonly Piece[] {
  if (!chosen) return [];
  const own = sql.id("s", `k${at}`);
  const values = chosen.filter((it) => it !== null);
  const text = key.type.kind === "number" ? sql`trim_scale(${own})::text` : sql`${own}::text`;
  const among = listed ? sql`${own} && ${values}::text[]` : sql`${text} = any(${values}::text[])`;
  const empty = chosen.includes(null) ? [sql`${own} is null`] : [];
  return [sql`(${sql.join([among, ...empty], sql` or `)})`];
}

/** Whether a value begins with what was typed, as people read it and whatever its case. */
function begins({ prefix }: Pick<Facet, "prefix">, { label }: Pick<Group, "label">): readonly Piece[] {
  return prefix === undefined ? [] : [sql`${label} ilike ${`${prefix.replaceAll(/[\\%_]/g, "\\$&")}%`}`];
}
