import { sql } from "kysely";
import { either, type Access, type RowRule } from "../access.ts";
import type { Entity, Field } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";

const nothing: RowRule = { kind: "none" };

/**
 * Which of these records which of these users see, under the roles that they share: `user`, `record`, and whether the
 * record is in the trash; on which of them they read one of some fields, where these are named. One statement for however
 * many of both.
 */
export function watchedStatement(
  reader: Omit<Reader, "user" | "access"> & { readonly access: Access },
  entity: Entity,
  users: readonly string[],
  records: readonly string[],
  fields?: readonly Field[],
): CompiledStatement {
  const source = new Source({ ...reader, user: sql`u.id` }, entity);
  const rights = reader.access.entity(entity.name);
  const read = (field: Field) => rights?.readable(field) ?? nothing;
  const rule = fields ? fields.map(read).reduce(either, nothing) : (rights?.rule("read") ?? nothing);
  const covered = source.alone(rule, source.root);
  return compile(sql`select u.id as "user", t.id as record, t.deleted_at is not null as trashed
    from unnest(${users}::uuid[]) as u(id), ${source.from()}
    where t.id = any(${records}::uuid[]) and ${covered}`);
}
