import { expect, test } from "vitest";
import { Spans } from "./spans.ts";

const spans = (given: readonly number[]) => {
  const all = new Spans();
  for (const ms of given) all.add(ms);
  return all.told();
};

test("spans have a mean and a median, and none have neither", () => {
  expect(spans([])).toBeNull();
  expect(spans([5])).toEqual({ count: 1, mean_ms: 5, median_ms: 5 });
  expect(spans([9, 1, 1, 5])).toEqual({ count: 4, mean_ms: 4, median_ms: 3 });
});

test("where very many differ the mean stays exact, and the median is told to three digits", () => {
  const many = Array.from({ length: 20_001 }, (_, at) => 86_400_000 + ((at * 7919) % 20_001) * 1000);
  const told = spans(many)!;
  const sorted = many.toSorted((one, other) => one - other);
  expect([told.count, told.mean_ms]).toEqual([20_001, many.reduce((sum, it) => sum + it) / 20_001]);
  expect(Math.abs(told.median_ms / sorted[10_000]! - 1)).toBeLessThan(0.005);
});
