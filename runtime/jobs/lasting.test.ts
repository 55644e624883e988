import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openPool } from "../database/pool.ts";
import { lastingPool } from "./lasting.ts";

test("a database that is away is told by a code after which graphile-worker tries again", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  const pool = openPool(`postgresql://nobody@127.0.0.1:${port}/none`, () => undefined, 1);
  await expect(lastingPool(pool).connect()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  server.close();
  await expect(lastingPool(pool).connect()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  await pool.end();
});

test("after its end nobody waits for a connection, and nothing is thrown that nobody hears", async () => {
  const pool = openPool("postgresql://nobody@127.0.0.1:1/none", () => undefined, 1);
  await pool.end();
  const told = lastingPool(pool).connect().then(String, String);
  expect(await Promise.race([told, new Promise((done) => setImmediate(done, "nothing"))])).toBe("nothing");
});
