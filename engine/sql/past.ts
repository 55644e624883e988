import { sql } from "kysely";
import type { Entity } from "../model.ts";
import { keptIn } from "./as-of.ts";
import type { Reader } from "./source.ts";
import { tableIn, type Piece } from "./write.ts";

/** The rows of an entity as a reader's statement finds them: as they are, or as she says that they were. */
export function rowsOf({ schema, before }: Pick<Reader, "schema" | "before">, entity: Entity): Piece {
  const past = before?.get(entity.name);
  return past ? sql`(${past})` : tableIn({ schema, entity });
}

/**
 * The rows of an entity as they were before some operations changed some of them, or took them away; those that these have
 * made are not there. Roll-ups are as they are now, of rows that were taken away empty.
 */
export function rowsBefore(
  { schema }: Pick<Reader, "schema">,
  entity: Entity,
  changed: readonly string[],
  operations: readonly string[],
): Piece {
  const then = sql.join([...entity.fields.values()].flatMap(keptIn), sql` || `);
  const table = tableIn({ schema, entity });
  const history = sql`${sql.raw(schema)}._history`;
  const told = (id: Piece) => sql`cross join lateral (
        select coalesce(jsonb_object_agg(e.key, e.value order by h.at desc, h.version desc) filter (where e.key is not null), '{}') as was,
          coalesce(bool_or(h.act = 'create'), false) as made
        from ${history} as h
          left join lateral jsonb_each(case when h.act <> 'create' then h.before end) as e on true
        where h.record = ${id} and h.operation = any(${operations}::uuid[])
      ) as k`;
  return sql`select o.* from ${table} as o where o.id <> all(${changed}::uuid[])
    union all select r.* from ${table} as p
      ${told(sql`p.id`)}
      cross join lateral jsonb_populate_record(p, ${then}) as r
      where p.id = any(${changed}::uuid[]) and not k.made
    union all select r.* from ${history} as g
      ${told(sql`g.record`)}
      cross join lateral jsonb_populate_record(null::${table}, jsonb_build_object('id', g.record, 'version', g.version) || ${then}) as r
      where g.act = 'remove' and g.record = any(${changed}::uuid[]) and g.operation = any(${operations}::uuid[]) and not k.made`;
}
