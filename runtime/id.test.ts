import { expect, test } from "vitest";
import { newId } from "./id.ts";

test("ids of one process ascend and none comes twice, however many are made at once and whatever the clock does", () => {
  const moments = [1000, 1000, 2000, 1500].map((ms) => new Date(1_772_000_000_000 + ms));
  const ids = moments.flatMap((now) => Array.from({ length: 5000 }, () => newId(now)));
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
    true,
  );
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids.map((id) => id.slice(19))).size).toBe(ids.length);
});
