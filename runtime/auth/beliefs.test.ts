import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection, Pool } from "../database/pool.ts";
import { Beliefs } from "./beliefs.ts";

let beliefs: Beliefs<string>;
let stands: string | undefined;
let reads: number;

/** What is believed of her who asks. */
const found = () =>
  beliefs.find("her", async () => {
    reads += 1;
    return stands;
  });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  [beliefs, stands, reads] = [new Beliefs(), "rep", 0];
});
afterEach(() => vi.useRealTimers());

test("who asks often is read once for all who ask at the same time, and anew after half a second", async () => {
  expect(await Promise.all([found(), found(), found()])).toEqual(["rep", "rep", "rep"]);
  stands = "admin";
  vi.advanceTimersByTime(499);
  expect([await found(), reads]).toEqual(["rep", 1]);
  vi.advanceTimersByTime(1);
  expect([await found(), reads]).toEqual(["admin", 2]);
});

test("nobody is believed to be missing, and a read that fails is none", async () => {
  stands = undefined;
  expect(await found()).toBeUndefined();
  await expect(beliefs.find("him", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await beliefs.find("him", async () => "clerk")).toBe("clerk");
  stands = "rep";
  expect([await found(), reads]).toEqual(["rep", 2]);
});

test("what was being read when it was forgotten is not believed", async () => {
  const early = found();
  beliefs.forget();
  stands = "admin";
  expect([await early, await found()]).toEqual(["rep", "admin"]);
});

test("nothing is believed while a transaction changes it, nor what was read before it ended", async () => {
  const pool = new EventEmitter() as unknown as Pool;
  const [tx, other] = [{}, {}] as unknown as [Connection, Connection];
  await found();
  beliefs.doubt(pool, tx);
  beliefs.doubt(pool, tx);
  await found();
  pool.emit("release", undefined as never, other);
  expect([await found(), reads]).toEqual(["rep", 3]);
  stands = "admin";
  pool.emit("release", undefined as never, tx);
  expect([await found(), await found(), reads]).toEqual(["admin", "admin", 4]);
  expect(pool.listenerCount("release")).toBe(0);
});
