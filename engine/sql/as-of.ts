import { sql } from "kysely";
import type { Entity, Field } from "../model.ts";
import { Source, type Reader } from "./source.ts";
import { tableIn, type Piece } from "./write.ts";

/**
 * The rows of an entity as they were at a moment: each as it is now, with what the oldest later change found before it.
 * They are rows that the reader sees now: what was hers once and is not any more stays hidden, and so does what was thrown
 * away since. Roll-ups and what references lead to are as they are now.
 */
export function asOfRows(reader: Reader, entity: Entity, moment: string): Piece {
  const own = new Source(reader, entity, "q");
  const seen = sql`${own.visible()} and q.deleted_at is null`;
  const fields = [...entity.fields.values()].filter(({ name }) => name !== "deleted_at");
  const then = sql.join(fields.flatMap(keptIn), sql` || `);
  const history = sql`${sql.raw(reader.schema)}._history`;
  return sql`select r.* from ${tableIn({ schema: reader.schema, entity })} as p
    cross join lateral (
      select coalesce(jsonb_object_agg(e.key, e.value order by h.at desc, h.version desc), '{}') as was
      from ${history} as h, jsonb_each(h.before) as e
      where h.record = p.id and h.at > ${moment}::timestamptz and h.act <> 'create'
    ) as k
    cross join lateral jsonb_populate_record(p, ${then}) as r
    where p.id in (select q.id from ${own.from()} where ${seen})
      and coalesce((select min(c.at) from ${history} as c where c.record = p.id and c.act = 'create'), p.created_at)
        <= ${moment}::timestamptz`;
}

/** The columns of a field as an object, of what history keeps of it in `k.was`; an empty one where it has not changed. */
export function keptIn(field: Field): readonly Piece[] {
  if (["formula", "rollup"].includes(field.type.name) || field.name === "id" || field.name === "version") return [];
  const key = sql`${field.system ? field.name : `#${field.anchor}`}::text`;
  const [first, second] = Object.keys(field.columns);
  if (first === undefined) return [];
  const value = sql`(k.was -> ${key})`;
  const parts = second === undefined ? undefined : field.targets.length > 0 ? ["entity", "id"] : ["amount", "currency"];
  const columns = parts
    ? sql`jsonb_build_object(${first}::text, ${value} -> ${parts[0]}::text, ${second}::text, ${value} -> ${parts[1]}::text)`
    : sql`jsonb_build_object(${first}::text, ${value})`;
  return [sql`(case when k.was ? ${key} then ${columns} else '{}'::jsonb end)`];
}
