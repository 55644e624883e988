import { openPool } from "../../runtime/database/pool.ts";
import { databaseOn, makeDatabase, type Database } from "../database.ts";
import { removeData, startProduct, type Product } from "../process.ts";

/** Databases that are filled once in a run, and copied by whoever needs one like it. */
const kinds = ["samples", "bare"] as const;
export type Planted = (typeof kinds)[number];

const server = () => process.env.TRELLIS_TEST_SERVER ?? "";
const named = (kind: Planted) => `${process.env.TRELLIS_TEST_RUN}_${kind}`;
/** Whoever comes first fills; the others wait. */
const lock = 7_402_118;

/** A copy of a database that `fill` has filled through the product, by now or in the worker beside. */
export async function copyOf(
  kind: Planted,
  env: Readonly<Record<string, string>>,
  fill: (product: Product) => Promise<void>,
): Promise<Database> {
  const name = named(kind);
  const pool = openPool(server(), () => undefined, 1);
  try {
    await pool.query("select pg_advisory_lock($1)", [lock]);
    const { rowCount } = await pool.query("select from pg_database where datname = $1", [name]);
    if (rowCount === 0) {
      await pool.query(`create database ${name}_filling`);
      const product = await startProduct({ env: { ...env, DATABASE_URL: databaseOn(server(), `${name}_filling`) } });
      await fill(product).finally(() => product.stop());
      await removeData(product.folder);
      await pool.query(`alter database ${name}_filling rename to ${name}`);
    }
  } finally {
    await pool.end();
  }
  return makeDatabase(server(), name);
}

/** Takes away what was filled. */
export async function dropPlanted(): Promise<void> {
  const pool = openPool(server(), () => undefined, 1);
  for (const kind of kinds)
    for (const name of [named(kind), `${named(kind)}_filling`])
      await pool.query(`drop database if exists ${name} with (force)`);
  await pool.end();
}
