import type { Queryable } from "../database/pool.ts";

/** Of runs, those that have been left: by their records, for their goals or by somebody's hand. */
export async function leftRuns(db: Queryable, schema: string, runs: readonly string[]): Promise<ReadonlySet<string>> {
  if (runs.length === 0) return new Set();
  const { rows } = await db.query(
    `select r.id from ${schema}._run r left join ${schema}._journal j on j.run = r.id and j.revision = r.revision
     where r.id = any($1::uuid[]) and (r.status = 'stopped' or (r.status = 'done' and j.event->>'type' in ('goal', 'exit')))`,
    [runs],
  );
  return new Set(rows.map(({ id }) => id as string));
}
