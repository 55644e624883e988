import { once } from "node:events";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openPool } from "../../runtime/database/pool.ts";
import { makeDatabase, type Database } from "../database.ts";
import { launch, removeData } from "../process.ts";

let database: Database;
beforeAll(async () => void (database = await makeDatabase(inject("databaseUrl"))));
afterAll(() => database.drop());

test("a connection that has grown old is given to nobody any more, and what it kept of former models is gone", async () => {
  const pool = openPool(database.url, () => undefined, 1, 0.2);
  const removed = once(pool, "remove");
  const named = { name: "m1-point", text: "select pg_backend_pid() as pid, $1::integer as n", values: [1] };
  const [{ pid }] = (await pool.query(named)).rows;
  await removed;
  const [next] = (
    await pool.query("select pg_backend_pid() as pid, count(*)::integer as kept from pg_prepared_statements")
  ).rows;
  expect(next.pid).not.toBe(pid);
  expect(next.kept).toBe(0);
  await pool.end();
});

test("the process keeps little memory that it does not use: it begins anew under bounds for V8 and for glibc", async () => {
  const told = "console.log(process.execArgv.join(), process.env.MALLOC_MMAP_THRESHOLD_)";
  const env = { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(told)}"` };
  const product = await launch({ command: ["help"], env });
  expect(await product.ending).toBe(0);
  expect(product.output()).toContain("--max-semi-space-size=12,--heap-growing-percent=80 1048576");
  await removeData(product.folder);
});
