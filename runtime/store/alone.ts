import type { Queryable } from "../database/pool.ts";

/**
 * Whether nobody else works on a job. Whoever asked holds it until its transaction ends, however long its lease has run
 * out meanwhile: on a slow machine a job is taken for left behind that is not.
 */
export async function worksAlone(tx: Queryable, schema: string, id: string): Promise<boolean> {
  const { rows } = await tx.query("select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as alone", [
    `${schema}:job:${id}`,
  ]);
  return (rows[0] as { alone: boolean }).alone;
}
