import { sql } from "kysely";
import { either, type Access, type RowRule } from "../access.ts";
import type { Entity, Field } from "../model.ts";
import type { Path } from "../expression/tree.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import type { SqlContext } from "./expression.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

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

/** A way from the records of an entity to others, some of which are meant. */
export interface Way {
  readonly chain: Path;
  readonly ids: readonly string[];
}

/** The records that lead by one of some ways to others, as one of the readers finds them: `id`, `version`; `most` at most. */
export function leadingStatement(
  readers: readonly Reader[],
  entity: Entity,
  ways: readonly Way[],
  most: number,
): CompiledStatement {
  const found = readers.flatMap((reader) =>
    ways.map(({ chain, ids }) => {
      const source = new Source(reader, entity);
      const leads = leadsTo(source.context(source.root, false), "record", chain, ids);
      return sql`select t.id, t.version from ${source.from()} where ${leads}`;
    }),
  );
  return compile(sql`select f.id, max(f.version) as version from (${sql.join(found, sql` union all `)}) as f
    group by f.id limit ${sql.raw(String(most))}`);
}

function leadsTo(context: SqlContext, root: string, chain: Path, ids: readonly string[]): Piece {
  const at = chain.findIndex(({ list }) => list);
  if (at < 0) {
    const end = context.path(root, chain);
    return "value" in end ? sql`${end.value} = any(${ids}::uuid[])` : sql`false`;
  }
  const variable = `${root}.`;
  return context.exists({ root, steps: chain.slice(0, at + 1) }, variable, (within) =>
    leadsTo(within, variable, chain.slice(at + 1), ids),
  );
}
