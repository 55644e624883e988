import { sql } from "kysely";
import type { Access } from "../access.ts";
import type { Entity } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";

/**
 * Which of these records which of these users see, under the roles that they share: `user`, `record`, and whether the
 * record is in the trash. One statement for however many of both.
 */
export function watchedStatement(
  reader: Omit<Reader, "user" | "access"> & { readonly access: Access },
  entity: Entity,
  users: readonly string[],
  records: readonly string[],
): CompiledStatement {
  const source = new Source({ ...reader, user: sql`u.id` }, entity);
  const rule = reader.access.entity(entity.name)?.rule("read") ?? ({ kind: "none" } as const);
  const covered = source.alone(rule, source.root);
  return compile(sql`select u.id as "user", t.id as record, t.deleted_at is not null as trashed
    from unnest(${users}::uuid[]) as u(id), ${source.from()}
    where t.id = any(${records}::uuid[]) and ${covered}`);
}
