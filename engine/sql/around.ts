import { sql } from "kysely";
import type { Entity, Field, Inverse } from "../model.ts";
import { shownFields } from "./shown.ts";
import { knownFacts } from "./known-facts.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** A list of a record whose records' lives run into its timeline. */
export interface Around {
  readonly list: Inverse;
  /** What a reader does not see stands there as something that is not told. */
  readonly masked: boolean;
}

/** So many of the newest records of a list run into a timeline. */
const recordsMost = 500;

/** What stands in the place of an entity where a step, a fact or a mail of a record around is meant, or something hidden. */
export const stepKey = "_step";
export const aroundFactKey = "_around_fact";
export const aroundMailKey = "_around_mail";
export const hiddenKey = "_hidden";

/** The records around one, as `near`: of which entity, which, whether the reader sees it. Nothing where there are none. */
export function nearRecords(reader: Reader, id: string, around: readonly Around[]): Piece | undefined {
  const pieces = around.flatMap(({ list, masked }) => {
    const entity = reader.model.entities.get(list.entity);
    return entity ? nearIn(reader, entity, list, { id, masked }) : [];
  });
  return pieces.length === 0 ? undefined : sql`near as (${sql.join(pieces, sql` union all `)})`;
}

function nearIn(
  reader: Reader,
  entity: Entity,
  { reference, on }: Inverse,
  { id, masked }: { readonly id: string; readonly masked: boolean },
): readonly Piece[] {
  const source = new Source(reader, entity);
  const told = shownFields(reader, entity).includes(reference);
  const points = told ? pointsAt(source, reference, on, sql`= ${id}::uuid`) : undefined;
  const visible = source.visible();
  const of = (seen: boolean, points: Piece, condition: Piece) =>
    sql`(select ${entity.name}::text as entity, t.id, t.created_at, ${sql.lit(seen)}::boolean as seen from ${source.from()}
      where ${points} and t.deleted_at is null and ${condition} order by t.id desc limit ${sql.lit(recordsMost)})`;
  const unseen = sql`not coalesce(${visible}, false)`;
  const hidden = masked && reader.access ? [of(false, liesAt(reference, on, id), unseen)] : [];
  return [...(points ? [of(true, points, visible)] : []), ...hidden];
}

/** Whether a reference of `t` points at a record, whoever may read it. */
function liesAt(reference: Field, on: string, id: string): Piece {
  const [kind = "", second] = Object.keys(reference.columns);
  return second === undefined
    ? sql`t.${sql.id(kind)} = ${id}::uuid`
    : sql`t.${sql.id(kind)} = ${on} and t.${sql.id(second)} = ${id}::uuid`;
}

/** Whether a reference of `t` points, at records of `on` where it may point at several. */
function pointsAt(source: Source, reference: Field, on: string, at: Piece): Piece {
  const { value } = source.value(reference) as { value: Piece };
  const [kind, second] = Object.keys(reference.columns);
  return second === undefined ? sql`${value} ${at}` : sql`t.${sql.id(kind ?? "")} = ${on} and ${value} ${at}`;
}

/** What happened to the records of `near`, side by side: `entity`, `id`, `at`, and which record it is `of`. */
export function nearSides(reader: Reader): readonly Piece[] {
  const schema = sql.raw(reader.schema);
  return [
    sql`select ${stepKey}::text as entity, h.id, h.at, n.id as of from near as n
      join ${schema}._history as h on h.record = n.id where n.seen and h.act in ('create', 'move')`,
    sql`select ${aroundFactKey}::text as entity, f.id, f.at, n.id as of from near as n
      join ${schema}._fact as f on f.record = n.id where n.seen${knownFacts(reader)}`,
    sql`select ${aroundMailKey}::text as entity, m.id, m.at, n.id as of from near as n
      join ${schema}._mail as m on m.record = n.id where n.seen`,
    sql`select ${hiddenKey}::text as entity, n.id, n.created_at as at, n.id as of from near as n where not n.seen`,
  ];
}

/** Activities of an entity about the records of `near`, where they may be about such. */
export function nearActivities(
  source: Source,
  about: Field,
  around: readonly Around[],
  happened: Piece,
): readonly Piece[] {
  const kinds = new Set(around.map(({ list }) => list.entity).filter((it) => about.targets.includes(it)));
  const visible = source.visible();
  return [...kinds].map((kind) => {
    const points = pointsAt(
      source,
      about,
      kind,
      sql`in (select n.id from near as n where n.seen and n.entity = ${kind})`,
    );
    return sql`select ${source.root.entity.name}::text as entity, t.id, ${happened} as at, null::uuid as of from ${source.from()}
      where ${points} and t.deleted_at is null and ${visible}`;
  });
}
