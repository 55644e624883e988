import { sql } from "kysely";
import type { Entity } from "../model.ts";
import { isStanding } from "./scope.ts";
import { shownFields } from "./shown.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** Which shares are meant: with one person or team, or all; so many at most. */
interface Meant {
  readonly grantee: string | undefined;
  readonly most: number;
}

/**
 * The shares of those records of some entities that a reader sees, the newest first, those that have come to their end
 * left out: with whom, how, until when, by whom, and whether she may end it.
 */
export function sharesOn(reader: Reader, entities: readonly Entity[], meant: Meant): Piece {
  const each = entities.map((entity) => sql`(${sharesOf(reader, entity, meant)})`);
  return sql`select s.* from (${sql.join(each, sql` union all `)}) as s
    order by s.at desc, s.record->>'id', s."with"->>'id' limit ${sql.raw(String(meant.most))}`;
}

function sharesOf(reader: Reader, entity: Entity, { grantee, most }: Meant): Piece {
  const source = new Source(reader, entity);
  const { nameField } = entity;
  const name = nameField && shownFields(reader, entity).includes(nameField) ? source.json(nameField) : sql`null`;
  const update = reader.access?.entity(entity.name)?.rule("update") ?? { kind: "none" as const };
  const may = source.condition(update, source.root);
  const visible = source.visible();
  const table = (of: string) => sql`${sql.raw(reader.schema)}.${sql.id(of)}`;
  const meant = grantee === undefined ? sql`` : sql` and s.grantee = ${grantee}::uuid`;
  return sql`select ${entity.name}::text as entity, json_build_object('id', t.id, 'name', ${name}) as record,
      json_build_object('kind', case when s.team then 'team' else 'user' end, 'id', s.grantee, 'name', coalesce(g.name, u.name)) as "with",
      case when s.writes then 'write' else 'read' end as level, s.until_at as until, s.at,
      case when s.by is not null then json_build_object('id', s.by, 'name', b.name) end as by, coalesce(${may}, false) as may
    from ${source.from()} join ${table("_share")} as s on s.record = t.id
      left join ${table("user")} as u on u.id = s.grantee left join ${table("team")} as g on g.id = s.grantee
      left join ${table("user")} as b on b.id = s.by
    where s.entity = ${entity.anchor}::text and ${isStanding}${meant} and t.deleted_at is null and ${visible}
    order by s.at desc, s.record, s.grantee limit ${sql.raw(String(most))}`;
}
