import { sql } from "kysely";
import { userSlot } from "./slot.ts";
import type { Reader, Standing } from "./source.ts";
import type { Piece } from "./write.ts";

/**
 * The condition that the owner of the row at `standing` is the reader herself, of her teams or reports, or below her in
 * the tree of managers. Whoever they are is found out once a statement, not once a row.
 */
export function scopeCondition(reader: Reader, scope: "own" | "team" | "below", standing: Standing): Piece {
  const owner = sql`${sql.id(standing.alias)}.${sql.id(standing.entity.name === "user" ? "id" : "owner")}`;
  const user = reader.user ?? userSlot;
  const table = (name: string) => sql`${sql.raw(reader.schema)}.${sql.id(name)}`;
  if (scope === "own") return sql`${owner} = ${user}`;
  if (scope === "below")
    return sql`${owner} = any(array(with recursive below(id) as (select ${user} union
      select u.id from ${table("user")} as u join below as b on u.manager = b.id where u.deleted_at is null) select b.id from below as b))`;
  return sql`${owner} = any(array(select ${user} union
    select theirs."user" from ${table("user_team")} as mine join ${table("user_team")} as theirs on theirs.team = mine.team
      where mine."user" = ${user} and mine.deleted_at is null and theirs.deleted_at is null union
    select u.id from ${table("user")} as u where u.manager = ${user} and u.deleted_at is null))`;
}
