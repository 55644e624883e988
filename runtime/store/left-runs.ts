import type { Queryable } from "../database/pool.ts";

/** Runs that have been left: by their records, for their goals or by somebody's hand. */
const left = (
  schema: string,
) => `${schema}._run r left join ${schema}._journal j on j.run = r.id and j.revision = r.revision
  where (r.status = 'stopped' or (r.status = 'done' and j.event->>'type' in ('goal', 'exit')))`;

/** Of runs, those that have been left. */
export async function leftRuns(db: Queryable, schema: string, runs: readonly string[]): Promise<ReadonlySet<string>> {
  if (runs.length === 0) return new Set();
  const { rows } = await db.query(`select r.id from ${left(schema)} and r.id = any($1::uuid[])`, [runs]);
  return new Set(rows.map(({ id }) => id as string));
}

/** The notifications `n` of people that are due at the parameter `now`; what waited for its hour while its run was left is none. */
export const notified = (schema: string, now: string): string =>
  `n.at <= ${now} and (n.run is null or not exists (select from ${left(schema)} and r.id = n.run))`;
