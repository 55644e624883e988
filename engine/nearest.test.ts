import { describe, expect, test } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest", () => {
  test.each([
    ["amout", ["title", "amount", "owner"], "amount"],
    ["GTXPro", ["GTX Basic", "GTX Pro", "GTX Plus Pro"], "GTX Pro"],
    ["technolgy", ["Technology", "Telecommunications"], "Technology"],
    ["Close Date", ["open_date", "close_date"], "close_date"],
    ["titel", ["title", "owner"], "title"],
  ])("finds what %j meant", (given, names, meant) => expect(nearest(given, names)).toBe(meant));

  test("says nothing where nothing is near", () => expect(nearest("zebra", ["amount", "title"])).toBeUndefined());

  test("answers at once for very long names", () => expect(nearest("a".repeat(1_000_000), ["b"])).toBeUndefined());
});
