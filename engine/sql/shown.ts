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

/** One side of a timeline: `entity`, `id`, and when it happened. */
export interface TimelinePage {
  readonly entity: string;
  readonly id: string;
  readonly before: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
}

/** The history of a record and the activities about it, newest first: which they are and when they were. */
export function timelineKeys(reader: Reader, page: TimelinePage): Piece {
  const history = sql`select null::text as entity, h.id, h.at from ${sql.raw(reader.schema)}._history as h where h.record = ${page.id}::uuid`;
  const sides = [history, ...activities(reader, page)].map((side) => sql`(${newest(side, page)})`);
  return newest(sql`select * from (${sql.join(sides, sql` union all `)}) as every_side`, page);
}

function newest(side: Piece, { before, limit }: TimelinePage): Piece {
  const older = before ? sql` where (side.at, side.id) < (${before.at}::timestamptz, ${before.id}::uuid)` : sql``;
  return sql`select * from (${side}) as side${older} order by side.at desc, side.id desc limit ${sql.lit(limit)}`;
}

function activities(reader: Reader, { entity: about, id }: TimelinePage): readonly Piece[] {
  return [...reader.model.entities.values()].flatMap((entity) => {
    const { activity } = entity.document;
    const reference = activity && entity.fields.get(activity.about);
    const at = activity?.at === undefined ? undefined : entity.fields.get(activity.at);
    const shown = shownFields(reader, entity);
    if (!reference?.targets.includes(about) || !shown.includes(reference)) return [];
    const source = new Source(reader, entity);
    const pointing = source.value(reference) as { value: Piece };
    const happened = at && shown.includes(at) ? (source.value(at) as { value: Piece }).value : sql`null::timestamptz`;
    const [kind, second] = Object.keys(reference.columns);
    const ofKind = second === undefined ? sql`true` : sql`t.${sql.id(kind ?? "")} = ${about}`;
    const visible = source.visible();
    const moment =
      at && Object.values(at.columns)[0] === "date" ? sql`(${happened}::timestamp at time zone 'UTC')` : happened;
    return [
      sql`select ${entity.name}::text as entity, t.id, coalesce(${moment}, t.created_at) as at from ${source.from()}
        where ${pointing.value} = ${id}::uuid and ${ofKind} and t.deleted_at is null and ${visible}`,
    ];
  });
}
