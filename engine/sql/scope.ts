import { sql } from "kysely";
import type { NamedScope } from "../access.ts";
import type { Entity } from "../model.ts";
import { sharingOf, type Sharing } from "../sharing.ts";
import { rowsOf } from "./past.ts";
import { nowSlot, userSlot } from "./slot.ts";
import type { Reader, Standing } from "./source.ts";
import type { Piece } from "./write.ts";

/** How a scope is asked for. */
interface Asking {
  /** Of one row alone it is asked whether its owner is among them: who all of them are does not matter. */
  readonly one?: boolean;
  /** The condition that the share `s` of a record of an entity holds for the reader; without it all of them do. */
  readonly holds?: (entity: Entity) => Piece;
}

/**
 * The condition that the row at `standing` is in a scope of its reader: its owner is she herself, of her teams or
 * reports, below her in the tree of managers or a queue of hers; or it was shared with her. Whoever and whatever that is
 * is found out once a statement, not once a row, and an index leads from there to the rows.
 */
export function scopeCondition(
  reader: Reader,
  scope: NamedScope,
  standing: Standing,
  { one = false, holds = () => sql`true` }: Asking = {},
): Piece {
  const owner = sql`${sql.id(standing.alias)}.${sql.id(standing.entity.name === "user" ? "id" : "owner")}`;
  // Whoever asks may be a column of the statement around this, `u.id` for instance: no table here has that name.
  const user = reader.user ?? userSlot;
  const table = (name: string) => sql`${sql.raw(reader.schema)}.${sql.id(name)}`;
  if (scope === "own") return sql`${owner} = ${user}`;
  const among = (ids: Ids) => isAmong(reader, { id: owner, name: scope, one }, ids);
  if (scope === "below")
    return among(
      (only) => sql`with recursive below(id) as (select ${user} union
        select report.id from ${table("user")} as report join below as b on report.manager = b.id where report.deleted_at is null) select b.id from below as b where true${only(sql`b.id`)}`,
    );
  if (scope === "queue")
    return among(
      (only) => sql`select q.id from ${table("user_team")} as mine join ${table("user")} as q on q.queue_of = mine.team
        where mine."user" = ${user} and mine.deleted_at is null and q.deleted_at is null${only(sql`q.id`)}`,
    );
  if (scope === "team")
    return among(
      (only) => sql`select ${user} where true${only(user)} union all
        select theirs."user" from ${table("user_team")} as mine join ${table("user_team")} as theirs on theirs.team = mine.team
          where mine."user" = ${user} and mine.deleted_at is null and theirs.deleted_at is null${only(sql`theirs."user"`)} union all
        select report.id from ${table("user")} as report
          where report.manager = ${user} and report.deleted_at is null${only(sql`report.id`)}`,
    );
  const sharing = sharingOf(reader.model, standing.entity);
  if (!sharing) return sql`false`;
  const level = scope === "shared" ? sql`true` : sql`s.writes`;
  const shares = { reader, scope, counts: (entity: Entity) => sql`${level} and ${isStanding} and ${holds(entity)}` };
  return sharedWith(shares, sharing, standing.alias, one);
}

/** A query of ids: all that it finds, or one of them alone. */
type Ids = (only: Only) => Piece;
type Only = (id: Piece) => Piece;
const all: Only = () => sql``;

interface Asked {
  readonly id: Piece;
  /** What the ids are called in the reader's circle. */
  readonly name: string;
  readonly one: boolean;
}

/** The condition that an id is among those of a query: all are found out once a statement, or before it in a circle. */
function isAmong({ circle }: Reader, { id, name, one }: Asked, ids: Ids): Piece {
  if (one) return sql`exists (${ids((found) => sql` and ${found} = ${id}`)})`;
  return sql`${id} = any(${circle ? circle.place(name, ids(all)) : sql`array(${ids(all)})`})`;
}

/** With whom something is shared, and which shares of an entity's records count. */
interface Shares {
  readonly reader: Reader;
  readonly scope: NamedScope;
  readonly counts: (entity: Entity) => Piece;
}

/** A row is shared when it was itself, or when what it is part of is. */
function sharedWith(shares: Shares, sharing: Sharing, alias: string, one: boolean): Piece {
  const { reader, scope } = shares;
  const among = (column: string, name: string, ids: Ids) =>
    isAmong(reader, { id: sql`${sql.id(alias)}.${sql.id(column)}`, name: `${scope} ${name}`, one }, ids);
  const parts = [
    ...(sharing.oneByOne ? [among("id", sharing.entity.anchor, (only) => sharesOf(shares, sharing, only))] : []),
    ...sharing.along.map(({ reference, sharing: whole }) =>
      among(reference.name, `by ${reference.address}`, (only) => sharedRecords(shares, whole, only)),
    ),
  ];
  return parts.length === 1 ? parts[0]! : sql`(${sql.join(parts, sql` or `)})`;
}

/** The ids of the records of an entity that are shared with the reader, by whichever way. */
function sharedRecords(shares: Shares, sharing: Sharing, only: Only): Piece {
  const { entity, along, oneByOne } = sharing;
  const ways = [
    ...(oneByOne ? [sharesOf(shares, sharing, only)] : []),
    ...along.map(
      (it) => sql`select p.id from ${rowsOf(shares.reader, entity)} as p
        where p.${sql.id(it.reference.name)} = any(array(${sharedRecords(shares, it.sharing, all)}))${only(sql`p.id`)}`,
    ),
  ];
  return sql.join(ways, sql` union all `) as unknown as Piece;
}

/** The ids of the records that are shared one by one, with the reader herself or with a team of hers. */
function sharesOf({ reader, counts }: Shares, { entity }: Sharing, only: Only): Piece {
  const user = reader.user ?? userSlot;
  const table = (name: string) => sql`${sql.raw(reader.schema)}.${sql.id(name)}`;
  return sql`select s.record from ${table("_share")} as s where s.entity = ${entity.anchor}::text and ${counts(entity)}
    and s.grantee = any(array(select ${user} union all
      select m.team from ${table("user_team")} as m where m."user" = ${user} and m.deleted_at is null))${only(sql`s.record`)}`;
}

/** The condition that the share `s` has not come to its end. */
export const isStanding: Piece = sql`(s.until_at is null or s.until_at > ${nowSlot})`;
