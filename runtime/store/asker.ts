import { problem, type Principal } from "engine";
import { rolesLent } from "../auth/principal.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/** Who asked for something that is done later, as its row keeps it. */
export interface Asker {
  /** By whose rights it is done. */
  readonly by: string;
  /** Who acts in her place. */
  readonly acting: string | null;
  /** The roles that the key left of hers by which it was asked. */
  readonly narrowed: readonly string[] | null;
}

/** What is kept of who asks. */
export function askerOf({ id, actor, narrowed }: Principal): Asker {
  return { by: id, acting: actor?.id ?? null, narrowed: narrowed ?? null };
}

/**
 * Whether something is there for who asks now: it is hers. Who acts for somebody has only what she has asked for herself
 * in that place.
 */
export function isAskedBy({ by, acting }: Pick<Asker, "by" | "acting">, { id, actor }: Principal): boolean {
  return by === id && (!actor || acting === actor.id);
}

/**
 * Who asked, by the rights that she has now. Throws `asker.gone` where she is active no longer, or where who acts for her
 * does so no more.
 */
export async function askerNow(
  db: Queryable,
  { schema }: Workspace,
  { by, acting, narrowed }: Asker,
  now: Date,
): Promise<Principal> {
  const { rows } = await db.query(
    `select u.id, u.name, coalesce(u.roles, '{}') as roles, a.name as actor
     from ${schema}."user" u left join ${schema}."user" a on a.id = $2 and a.active and a.deleted_at is null
     where u.id = $1 and u.active and u.deleted_at is null and ($2::uuid is null or (a.id is not null and exists (
       select from ${schema}._delegation d where d.giver = u.id and d.taker = a.id and d.from_at <= $3 and d.until_at > $3
         and d.ended_at is null)))`,
    [by, acting, now],
  );
  const [found] = rows as { id: string; name: string; roles: readonly string[]; actor: string | null }[];
  if (!found) throw problem("asker.gone", {});
  const { id, name, roles, actor } = found;
  return {
    id,
    name,
    roles: rolesLent(roles, narrowed ?? undefined),
    via: "engine",
    ...(acting === null ? {} : { actor: { id: acting, name: actor ?? "" } }),
  };
}
