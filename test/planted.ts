import { openPool, type Pool } from "../runtime/database/pool.ts";
import { copied, databaseOn, makeDatabase, type Database, type TestServer } from "./database.ts";

/** Whoever comes first fills; the others wait. */
const lock = 7_402_118;

/** A copy of a database that `fill` has filled once in this run, by now or in the worker beside. */
export async function copyOf(
  { url, run }: Pick<TestServer, "url" | "run">,
  kind: string,
  fill: (url: string) => Promise<void>,
): Promise<Database> {
  const name = `${run}_${kind}`;
  await withControl(url, async (control) => {
    const exists = async () =>
      (await control.query("select from pg_database where datname = $1", [name])).rowCount === 1;
    if (await exists()) return;
    await control.query("select pg_advisory_lock($1)", [lock]);
    if (await exists()) return;
    await control.query(`drop database if exists ${name}_filling with (force)`);
    await control.query(`create database ${name}_filling ${copied}`);
    await fill(databaseOn(url, `${name}_filling`));
    // Whoever has filled it is gone, the connections on a busy machine not yet.
    await control.query("select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = $1", [
      `${name}_filling`,
    ]);
    await control.query(`alter database ${name}_filling rename to ${name}`);
  });
  return makeDatabase(url, name);
}

/** Takes away what was filled in a run. */
export async function dropPlanted({ url, run }: Pick<TestServer, "url" | "run">): Promise<void> {
  await withControl(url, async (control) => {
    const { rows } = await control.query("select datname from pg_database where starts_with(datname, $1)", [`${run}_`]);
    for (const { datname } of rows) await control.query(`drop database if exists ${datname} with (force)`);
  });
}

async function withControl(url: string, work: (control: Pool) => Promise<void>): Promise<void> {
  const control = openPool(url, () => undefined, 1);
  await work(control).finally(() => control.end());
}
