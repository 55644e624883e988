import fc from "fast-check";
import type { ScoreDocument } from "schemas";
import { expect, test } from "vitest";
import { crossingOf, totalOf } from "./decay.ts";
import { behave, nothingYet, standingOf, type Behaviour } from "./score.ts";

const day = 86_400_000;
const document = {
  behaviour: [
    { title: "Visit", type: "page.visited", points: 5, half_life: "P7D" },
    { title: "Click", type: "mail.clicked", points: 12, half_life: "P30D" },
    { title: "Form", type: "form.submitted", points: 20 },
    { title: "Bounce", type: "mail.bounced", points: -8, half_life: "P7D" },
  ],
  grades: { fit: [60, 40, 20], behaviour: [40, 20, 10] },
  threshold: { enter: 60, leave: 50 },
} as unknown as ScoreDocument;
const halfLives: Readonly<Record<string, number>> = { "page.visited": 7, "mail.clicked": 30, "mail.bounced": 7 };
const points: Readonly<Record<string, number>> = {
  "page.visited": 5,
  "mail.clicked": 12,
  "form.submitted": 20,
  "mail.bounced": -8,
};

const facts = fc.array(
  fc.record({ type: fc.constantFrom(...Object.keys(points)), at: fc.integer({ min: 0, max: 100 * day }) }),
  { maxLength: 25 },
);
const folded = (told: readonly { readonly type: string; readonly at: number }[]) =>
  told.reduce<Behaviour>((sofar, { type, at }) => behave({ document }, sofar, { type, at, data: {} }), nothingYet);

test("points that were kept one by one are, at any moment, those that every fact has left by itself", () => {
  fc.assert(
    fc.property(facts, fc.integer({ min: 0, max: 200 * day }), (told, later) => {
      const at = Math.max(0, ...told.map((it) => it.at)) + later;
      const plain = told.reduce((sum, it) => {
        const half = halfLives[it.type];
        return sum + points[it.type]! * (half === undefined ? 1 : 2 ** (-(at - it.at) / (half * day)));
      }, 0);
      expect(totalOf(folded(told).pools, at)).toBeCloseTo(plain, 6);
    }),
  );
});

test("the moment at which decay takes points past a level is the first one on its other side", () => {
  fc.assert(
    fc.property(facts, fc.integer({ min: -20, max: 100 }), (told, level) => {
      const { pools } = folded(told);
      const from = Math.max(0, ...told.map((it) => it.at));
      const at = crossingOf(pools, level, from);
      if (at === undefined) return;
      const side = (moment: number) => totalOf(pools, moment) >= level;
      expect(at).toBeGreaterThan(from);
      expect([side(from), side(at - 1), side(at)]).toEqual([side(from), side(from), !side(from)]);
    }),
  );
});

test("who is over a threshold stays over it until she falls below where it is left, and grades follow cut points", () => {
  const pools = { [7 * 86_400]: { value: 40, asOf: 0 } };
  const at = (moment: number, wasOver: boolean) => standingOf({ document }, { fit: 30, pools, wasOver }, moment);
  expect(at(0, false)).toMatchObject({ value: 70, over: true, grade: "C1" });
  const leaves = 7 * day * Math.log2(40 / 20);
  expect(at(leaves - 1000, true).over).toBe(true);
  expect(at(leaves + 1000, true).over).toBe(false);
  expect(at(leaves - 1000, false).over).toBe(false);
  expect(at(leaves + 1000, true).grade).toBe("C3");
});

test("a cap bounds what a rule gives in each window, whatever comes", () => {
  const capped = {
    behaviour: [{ title: "Visit", type: "v", points: 5, cap: 12, window: "P1D" }],
  } as unknown as ScoreDocument;
  const told = [0, 1, 2, 3, day, day + 1].map((at) => ({ type: "v", at, data: {} }));
  const { pools } = told.reduce<Behaviour>((sofar, it) => behave({ document: capped }, sofar, it), nothingYet);
  expect(totalOf(pools, 2 * day)).toBe(22);
});
