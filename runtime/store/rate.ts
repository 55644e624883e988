import type { Workspace } from "../workspace.ts";

/** How often in which time. */
export interface Rate {
  readonly most: number;
  readonly withinMs: number;
}

const keptMs = 24 * 3_600_000;

/**
 * Counts one more under a key, and says whether it may be: over all processes and restarts. A window begins with the
 * first of it. Each one takes some windows with it that are long over.
 */
export async function withinRate(
  { pool, schema }: Workspace,
  key: string,
  { most, withinMs }: Rate,
  now: Date,
  by = 1,
): Promise<boolean> {
  const { rows } = await pool.query(
    `insert into ${schema}._rate as r (key, count, since) values ($1, $4, $2)
     on conflict (key) do update set count = case when r.since <= $3 then excluded.count else r.count + excluded.count end,
       since = case when r.since <= $3 then excluded.since else r.since end
     returning count`,
    [key, now, new Date(now.getTime() - withinMs), by],
  );
  const [{ count = 1 }] = rows as [{ count?: number }];
  if (count === by)
    await pool.query(
      `delete from ${schema}._rate where key in (
         select r.key from ${schema}._rate r where r.since < $1 order by r.since for update skip locked limit 20)`,
      [new Date(now.getTime() - keptMs)],
    );
  return count <= most;
}
