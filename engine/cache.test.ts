import { expect, test } from "vitest";
import { Cache } from "./cache.ts";

test("a cache works a thing out once, and forgets the one that was not asked for longest", () => {
  const cache = new Cache<string>(2);
  const made: string[] = [];
  const get = (key: string) => cache.get(key, () => (made.push(key), key));
  for (const key of ["a", "b", "a", "c", "a", "b"]) get(key);
  expect(made).toEqual(["a", "b", "c", "b"]);
  expect(cache.size).toBe(2);
});

test("what throws is not kept", () => {
  const cache = new Cache<string>(2);
  expect(() =>
    cache.get("a", () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(cache.get("a", () => "yes")).toBe("yes");
});
