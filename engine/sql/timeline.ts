import { sql } from "kysely";
import { nearActivities, nearRecords, nearSides, type Around } from "./around.ts";
import { knownFacts } from "./known-facts.ts";
import { shownFields } from "./shown.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** One side of a timeline: `entity`, `id`, and when it happened. */
export interface TimelinePage {
  readonly entity: string;
  readonly id: string;
  readonly before: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
  /** Lists whose records' lives run into it. */
  readonly around?: readonly Around[];
}

/** What stands in the place of an entity where a fact is meant. */
export const factKey = "_fact";

/** What stands in the place of an entity where a mail is meant. */
export const mailKey = "_mail";

/**
 * The history of a record, its facts and mails, the activities about it and what happened around it, newest first: which
 * they are and when they were, with one statement however many there are.
 */
export function timelineKeys(reader: Reader, page: TimelinePage): Piece {
  const schema = sql.raw(reader.schema);
  const { id, around = [] } = page;
  const near = nearRecords(reader, id, around);
  const own = [
    sql`select null::text as entity, h.id, h.at, null::uuid as of from ${schema}._history as h where h.record = ${id}::uuid`,
    sql`select ${factKey}::text as entity, f.id, f.at, null::uuid as of from ${schema}._fact as f where f.record = ${id}::uuid${knownFacts(reader)}`,
    sql`select ${mailKey}::text as entity, m.id, m.at, null::uuid as of from ${schema}._mail as m where m.record = ${id}::uuid`,
  ];
  const all = [...own, ...activities(reader, page, near !== undefined), ...(near ? nearSides(reader) : [])];
  const sides = all.map((side) => sql`(${newest(side, page)})`);
  const every = newest(sql`select * from (${sql.join(sides, sql` union all `)}) as every_side`, page);
  return near ? sql`with ${near} ${every}` : every;
}

function newest(side: Piece, { before, limit }: TimelinePage): Piece {
  const older = before ? sql` where (side.at, side.id) < (${before.at}::timestamptz, ${before.id}::uuid)` : sql``;
  return sql`select * from (${side}) as side${older} order by side.at desc, side.id desc limit ${sql.lit(limit)}`;
}

function activities(reader: Reader, { entity: about, id, around = [] }: TimelinePage, near: boolean): readonly Piece[] {
  return [...reader.model.entities.values()].flatMap((entity) => {
    const { activity } = entity.document;
    const reference = activity && entity.fields.get(activity.about);
    const at = activity?.at === undefined ? undefined : entity.fields.get(activity.at);
    const shown = shownFields(reader, entity);
    if (!reference || !shown.includes(reference)) return [];
    const source = new Source(reader, entity);
    const pointing = source.value(reference) as { value: Piece };
    const happened = at && shown.includes(at) ? (source.value(at) as { value: Piece }).value : sql`null::timestamptz`;
    const [kind, second] = Object.keys(reference.columns);
    const ofKind = second === undefined ? sql`true` : sql`t.${sql.id(kind ?? "")} = ${about}`;
    const visible = source.visible();
    const day =
      at && Object.values(at.columns)[0] === "date" ? sql`(${happened}::timestamp at time zone 'UTC')` : happened;
    const moment = sql`coalesce(${day}, t.created_at)`;
    const own = reference.targets.includes(about)
      ? [
          sql`select ${entity.name}::text as entity, t.id, ${moment} as at, null::uuid as of from ${source.from()}
        where ${pointing.value} = ${id}::uuid and ${ofKind} and t.deleted_at is null and ${visible}`,
        ]
      : [];
    return near ? [...own, ...nearActivities(source, reference, around, moment)] : own;
  });
}
