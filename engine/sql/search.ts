import { sql } from "kysely";
import type { RowRule } from "../access.ts";
import type { Entity } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { searched } from "./select.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** A few records of each entity that hold the words: `entity`, `id`, `name`. */
export function searchStatement(
  reader: Reader,
  entities: readonly Entity[],
  words: string,
  each: number,
): CompiledStatement {
  const parts = entities.map((entity, at) => {
    const source = new Source(reader, entity, `t${at}`);
    const name = source.value(entity.nameField!) as { value: Piece };
    const seen = source.visible();
    const held = searched(source, words);
    const row = sql.id(source.root.alias);
    return sql`(select ${entity.name}::text as entity, ${row}.id, ${name.value}::text as name from ${source.from()}
      where ${seen} and ${row}.deleted_at is null and ${held} order by ${name.value}, ${row}.id limit ${sql.raw(String(each))})`;
  });
  return compile(sql`${sql.join(parts, sql` union all `)}`);
}

/** Active users who see a record by one of the roles given: `id`, `name`, `why`. The first role that shows it counts. */
export function seersStatement(
  reader: Reader,
  entity: Entity,
  id: string,
  roles: readonly { readonly role: string; readonly rule: RowRule; readonly why: string }[],
  most: number,
): CompiledStatement {
  const user = sql`${sql.raw(reader.schema)}."user"`;
  const parts = roles.map(({ role, rule, why }, at) => {
    const source = new Source({ ...reader, user: sql`u.id` }, entity, `t${at}`);
    const covered = source.alone(rule, source.root);
    return sql`select u.id, u.name, ${why}::text as why, ${at}::integer as place from ${user} as u, ${source.from()}
      where ${sql.id(source.root.alias)}.id = ${id}::uuid and u.active and u.deleted_at is null and ${role}::text = any(u.roles) and ${covered}`;
  });
  return compile(sql`select f.id, f.name, f.why from (select distinct on (a.id) a.* from (${sql.join(parts, sql` union all `)}) as a
    order by a.id, a.place) as f order by f.name, f.id limit ${sql.raw(String(most))}`);
}
