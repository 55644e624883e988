import { sql } from "kysely";
import type { Entity, Field } from "../model.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** The fields that a reader may read on some records at least. */
export function shownFields(reader: Reader, entity: Entity): readonly Field[] {
  const rights = reader.access?.entity(entity.name);
  return [...entity.fields.values()].filter(
    (field) => !reader.access || (rights && rights.readable(field).kind !== "none"),
  );
}

/**
 * Whether a reader sees a record, and which of its fields that hide from her on some records she sees on this one. The
 * trash included: what a record was can be looked up there.
 */
export function shownOn(reader: Reader, entity: Entity, id: string): Piece {
  const source = new Source(reader, entity);
  const masked = shownFields(reader, entity).flatMap((field) => {
    const rule = source.maskOf(field);
    return rule ? [sql`coalesce(${source.condition(rule, source.root)}, false) as ${sql.id(field.name)}`] : [];
  });
  const visible = source.visible();
  return sql`select to_json(r) as shown from (
    select ${sql.join([sql`true as _there`, ...masked])} from ${source.from()} where t.id = ${id}::uuid and ${visible}) as r`;
}

/** Records with the fields that a reader sees, each in the order of ids. */
export function shownRows(reader: Reader, entity: Entity, ids: readonly string[]): Piece {
  const source = new Source(reader, entity);
  const fields = shownFields(reader, entity).map((field) => sql`${source.json(field)} as ${sql.id(field.name)}`);
  const visible = source.visible();
  return sql`select to_json(r) as record from (
    select ${sql.join(fields)} from ${source.from()} where t.id = any(${ids}::uuid[]) and ${visible} order by t.id) as r`;
}

/** What the records of `ids` are called, where the reader sees them. */
export function shownNames(reader: Reader, entity: Entity, ids: readonly string[]): Piece | undefined {
  const source = new Source(reader, entity);
  const { nameField } = entity;
  if (!nameField || !shownFields(reader, entity).includes(nameField)) return undefined;
  const name = source.json(nameField);
  const visible = source.visible();
  return sql`select t.id::text as id, ${name} as name from ${source.from()} where t.id = any(${ids}::uuid[]) and ${visible} order by t.id`;
}

/** Several looks at what records are, or are called, as one statement; `entity` tells of which. */
export function together(looks: readonly { readonly entity: string; readonly piece: Piece }[]): Piece {
  const parts = looks.map(({ entity, piece }) => sql`select ${entity}::text as entity, l.* from (${piece}) as l`);
  return sql.join(parts, sql` union all `);
}
