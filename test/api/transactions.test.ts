import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { transactionInLine, type Ending } from "../../runtime/database/begin.ts";
import { openPool, type Pool, type Query } from "../../runtime/database/pool.ts";
import { makeDatabase, type Database } from "../database.ts";

let database: Database;
let pool: Pool;
beforeAll(async () => {
  database = await makeDatabase(inject("databaseUrl"));
  pool = openPool(database.url, () => undefined, 3);
  await pool.query("create table public.line (n integer primary key)");
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => void (await pool.query("delete from public.line")));

const put = (n: unknown) => ({ text: "insert into public.line (n) values ($1::integer)", values: [n] });
const stored = async () => (await pool.query("select n from public.line order by n")).rows.map(({ n }) => n);
const look = { text: "select count(*)::integer as n from public.line" };

/** A transaction that puts 1, and ends as it is told. */
const ending = (end: Omit<Ending<string>, "result">, opening: readonly Query[] = []) =>
  transactionInLine(
    pool,
    "write",
    async (tx) => {
      await tx.query("insert into public.line (n) values (1)");
      return { result: "done", ...end };
    },
    opening,
  );

test("what is sent with the commit is committed, and seen by the look behind it", async () => {
  expect(await ending({ last: [put(2)], look })).toEqual({ result: "done", seen: [{ n: 2 }] });
  expect(await stored()).toEqual([1, 2]);
});

test("a last statement that fails takes all with it and is told", async () => {
  await expect(ending({ last: [put(1)], look })).rejects.toMatchObject({ code: "23505" });
  expect(await stored()).toEqual([]);
});

test("a last statement that cannot be sent takes all with it", async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  await expect(ending({ last: [put(circle)] })).rejects.toThrow("circular");
  expect(await stored()).toEqual([]);
});

test("a look that fails leaves what was committed", async () => {
  expect(await ending({ look: { text: "select nothing" } })).toEqual({ result: "done", seen: undefined });
  expect(await stored()).toEqual([1]);
});

test("an opening that fails is told, not what fails because of it", async () => {
  await expect(ending({}, [{ text: "select 1/0" }])).rejects.toMatchObject({ code: "22012" });
  expect(await stored()).toEqual([]);
});

test("connections are whole after failures", async () => {
  await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => ending({ last: [put(n)] }, n % 2 ? [{ text: "nonsense" }] : [])),
  );
  expect(pool.waitingCount).toBe(0);
  expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});
