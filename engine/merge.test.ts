import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeThree, type Difference } from "./merge.ts";
import { same } from "./plan.ts";

describe("a merge", () => {
  const merged = (base: unknown, next: unknown, ours: unknown) => mergeThree(base, next, ours).value;

  test("follows whoever alone has changed something, deletions too", () => {
    expect(merged({ a: 1, b: 1, c: 1, d: 1 }, { a: 2, b: 1, d: 2 }, { a: 1, b: 3, c: 1, d: 3 })).toEqual({
      a: 2,
      b: 3,
      d: 3,
    });
    expect(merged({ a: [1] }, { a: [1, 2] }, { a: [1], b: 1 })).toEqual({ a: [1, 2], b: 1 });
  });

  test("tells where both have changed the same, and follows who is chosen", () => {
    const told: Difference[] = [];
    const { value } = mergeThree({ a: { b: 1 } }, { a: { b: 2 } }, { a: { b: 3 } }, (it) => {
      told.push(it);
      return "theirs";
    });
    expect(value).toEqual({ a: { b: 2 } });
    expect(told).toEqual([{ path: "/a/b", base: 1, theirs: 2, yours: 3 }]);
  });

  test("knows what has an identity, wherever it stands and whatever it is called", () => {
    expect(
      merged(
        { amount: { $anchor: "f", title: "Amount", x: 1 } },
        { total: { $anchor: "f", title: "Total", x: 1 } },
        { amount: { $anchor: "f", title: "Amount", x: 2 } },
      ),
    ).toEqual({ total: { $anchor: "f", title: "Total", x: 2 } });
    expect(
      merged(
        [{ value: "a" }, { value: "b" }],
        [{ value: "a", title: "A" }, { value: "b" }, { value: "c" }],
        [{ value: "b", title: "B" }, { value: "a" }, { value: "z" }],
      ),
    ).toEqual([{ value: "b", title: "B" }, { value: "c" }, { value: "a", title: "A" }, { value: "z" }]);
  });

  test("takes a field of another type as one thing", () => {
    const { value, differences } = mergeThree(
      { field: "text", maxLength: 9 },
      { field: "select", choices: [] },
      { field: "text", maxLength: 20 },
    );
    expect([value, differences.length]).toEqual([{ field: "text", maxLength: 20 }, 1]);
  });
});

const leaf = fc.integer({ min: 0, max: 3 });
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("node"), { maxKeys: 3 }),
    fc.uniqueArray(leaf, { maxLength: 4 }),
  ),
})).node;

test("a merge with itself changes nothing, and no change of the customer is lost untold", () => {
  fc.assert(
    fc.property(tree, tree, tree, (base, next, ours) => {
      expect(mergeThree(base, base, ours).value).toEqual(ours);
      expect(mergeThree(base, next, base).value).toEqual(next);
      const yours = mergeThree(base, next, ours);
      for (const { path, theirs } of yours.differences) expect(same(at(yours.value, path), theirs), path).toBe(false);
      // Where nothing is told, the customer's change stands whoever is preferred.
      if (yours.differences.length === 0)
        expect(mergeThree(base, next, ours, () => "theirs").value).toEqual(yours.value);
    }),
  );
});

function at(value: unknown, path: string): unknown {
  return path
    .split("/")
    .slice(1)
    .reduce<unknown>((of, step) => (of as Record<string, unknown> | undefined)?.[step], value);
}
