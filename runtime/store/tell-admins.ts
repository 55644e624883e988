import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";

/** What those who administer are told: in their own languages by the code, `by` is what it is about. */
export interface AdminNews {
  readonly code: string;
  readonly by?: string;
  readonly title: string;
  readonly body?: string;
  readonly operation?: string;
}

/** Tells those who administer. Who has not read the same yet is not told again. */
export async function tellAdmins(db: Queryable, schema: string, news: AdminNews, now: Date): Promise<void> {
  const { code, by, title, body = null, operation = null } = news;
  const told = JSON.stringify({ code, ...(by === undefined ? {} : { by }) });
  const { rows } = await db.query(
    `select u.id from ${schema}."user" u where 'admin' = any(u.roles) and u.active and u.deleted_at is null and not exists (
       select from ${schema}._notification n where n.for_user = u.id and n.read_at is null and n.told = $1::jsonb)`,
    [told],
  );
  const admins = (rows as { id: string }[]).map(({ id }) => id);
  await db.query(
    `insert into ${schema}._notification (id, for_user, at, title, body, operation, told)
     select r.id, r.for_user, $3::timestamptz, $4::text, $5::text, $6::uuid, $7::jsonb
     from unnest($1::uuid[], $2::uuid[]) as r(id, for_user)`,
    [admins.map(() => newId(now)), admins, now, title, body, operation, told],
  );
}
