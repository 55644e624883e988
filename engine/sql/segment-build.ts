import { sql } from "kysely";
import type { ReadSegment } from "../segment/segment.ts";
import { engineSource, membership, nextFlip, table, type Working } from "./segment.ts";
import { tableIn, type Piece } from "./write.ts";

/** Segments over one entity, none made of another of them, that are worked out together; and of which of its records. */
export interface Passage {
  readonly segments: readonly ReadSegment[];
  /** Of all records behind `after` and up to `upTo`, or of some. */
  readonly of: { readonly after: string; readonly upTo: string } | { readonly ids: readonly string[] };
}

const anchorsOf = ({ segments }: Passage): Piece => sql`${segments.map(({ anchor }) => anchor)}::text[]`;

const among = ({ of }: Passage, id: Piece): Piece =>
  "ids" in of ? sql`${id} = any(${of.ids}::uuid[])` : sql`${id} > ${of.after}::uuid and ${id} <= ${of.upTo}::uuid`;

/** Of each record one row: whether it is in each of the segments. All of them are read in one pass. */
function standings(working: Working, passage: Passage): Piece {
  const [first] = passage.segments;
  const source = engineSource(working, first!.entity);
  const row = sql.id(source.root.alias);
  const members = passage.segments.map((it) => membership(working, it, source));
  const from = source.from();
  return sql`select ${row}.id, array[${sql.join(members)}]::boolean[] as members from ${from}
    where ${row}.deleted_at is null and ${among(passage, sql`${row}.id`)}`;
}

/** Who belongs to which of the segments by their conditions: `segment`, `record`. */
function belonging(working: Working, passage: Passage): Piece {
  return sql`select (${anchorsOf(passage)})[m.place] as segment, s.id as record
    from (${standings(working, passage)}) as s cross join lateral unnest(s.members) with ordinality as m(holds, place)
    where m.holds`;
}

/**
 * Who comes into the segments and who goes from them: `segment`, `record`, `comes`. Those who are kept and whose records
 * are not there go, too.
 */
export function turns(working: Working, passage: Passage): Piece {
  return sql`with b as materialized (${belonging(working, passage)}),
      k as materialized (select m.segment, m.record from ${table(working, "_segment_member")} as m
        where m.segment = any(${anchorsOf(passage)}) and ${among(passage, sql`m.record`)})
    select b.segment, b.record, true as comes from b
      where not exists (select from k where k.segment = b.segment and k.record = b.record)
    union all select k.segment, k.record, false from k
      where not exists (select from b where b.segment = k.segment and b.record = k.record)`;
}

/**
 * Writes down when time alone may change who is in the segments. What somebody else has written meanwhile stays where it
 * is earlier: whoever is looked at too early is given her next moment then.
 */
export function turningDues(working: Working, passage: Passage): readonly Piece[] {
  const [timed, others] = [passage.segments.filter((it) => it.timed), passage.segments.filter((it) => !it.timed)];
  const none = { ...passage, segments: others };
  const dues = timed.map((segment) => {
    const source = engineSource(working, segment.entity);
    const row = sql.id(source.root.alias);
    const flip = nextFlip(working, segment, source);
    const from = source.from();
    return sql`insert into ${table(working, "_segment_due")} as d (segment, record, due_at)
      select ${segment.anchor}::text, f.id, f.flip from (select ${row}.id, ${flip} as flip from ${from}
        where ${row}.deleted_at is null and ${among(passage, sql`${row}.id`)}) as f
      where f.flip is not null order by f.id
      on conflict (segment, record) do update set due_at = excluded.due_at where excluded.due_at < d.due_at`;
  });
  const spare = sql`delete from ${table(working, "_segment_due")} as d
    where d.segment = any(${anchorsOf(none)}) and ${among(passage, sql`d.record`)}`;
  return [...dues, ...(others.length > 0 ? [spare] : [])];
}

/** The last of so many records behind one; no row where there are fewer. */
export const lastOfBatch = ({ schema }: Working, { entity }: ReadSegment, after: string, rows: number): Piece =>
  sql`select t.id from ${tableIn({ schema, entity })} as t where t.id > ${after}::uuid order by t.id
    offset ${sql.lit(rows - 1)} limit 1`;

/** Holds records, so that whoever else changes who is in a segment with them follows. */
export const heldRecords = ({ schema }: Working, { entity }: ReadSegment, ids: readonly string[]): Piece =>
  sql`select t.id from ${tableIn({ schema, entity })} as t where t.id = any(${ids}::uuid[]) order by t.id for no key update of t`;
