import { describe, expect, test } from "vitest";
import { dayNumber } from "../calendar/hours.ts";
import { attribute, attributionModels, attributionWeights, returnOn, type Touch } from "./attribution.ts";
import { aliveChance, expectedFromNew, expectedPurchases, expectedSpend } from "./buyers.ts";
import {
  discountedLife,
  fitStaying,
  lifetimeValue,
  revenueRetention,
  stayingLikelihood,
  survival,
} from "./retention.ts";
import { repeatRate, rfmOf, shareInterval } from "./rfm.ts";
import { hypergeometric, logGamma } from "./special.ts";
import { accuracy, attainment, runRate, weighted, wonShare } from "./targets.ts";

const near = (values: readonly number[], wanted: readonly number[], places = 4) =>
  expect(values.map((it) => Number(it.toFixed(places)) + 0)).toEqual(wanted);

describe("special functions", () => {
  test("agree with what is known in closed form", () => {
    near(
      [logGamma(1), logGamma(0.5), logGamma(6), logGamma(171)],
      [0, 0.572_364_943, 4.787_491_743, 706.573_062_246],
      9,
    );
    near(
      [hypergeometric(1, 1, 2, 0.5), hypergeometric(1, 1, 2, 0.9), hypergeometric(0.5, 1, 1.5, 0.25)],
      [1.386_294_361, 2.558_427_881, 1.098_612_289],
      9,
    );
  });
});

describe("customers of contracts: shifted beta-geometric", () => {
  const cohorts = [
    { left: [631, 468, 382, 326, 289, 262, 241], fit: [0.704, 1.182], likelihood: -1680.265 },
    { left: [869, 743, 653, 593, 551, 517, 491], fit: [0.668, 3.806], likelihood: -1611.158 },
  ];
  test.each(cohorts)("the published cohort with $left.0 left after a year", ({ left, fit, likelihood }) => {
    const model = fitStaying(1000, left)!;
    near([model.alpha, model.beta], fit, 3);
    near([stayingLikelihood(model, 1000, left)], [likelihood], 3);
  });
  test("how many are left, and for how long they pay", () => {
    near(
      survival({ alpha: 0.704, beta: 1.182 }, 12),
      [0.6267, 0.4738, 0.388, 0.3321, 0.2924, 0.2625, 0.2391, 0.2201, 0.2044, 0.1912, 0.1799, 0.1701],
    );
    const lives = [
      { alpha: 0.704, beta: 1.182 },
      { alpha: 0.668, beta: 3.806 },
    ].map((it) => discountedLife(it, 0.1));
    near(lives, [3.6951, 5.9226]);
  });
  test("three lifetime values, each by its name; revenue that is kept", () => {
    const { withFirst, withoutFirst, atEnd } = lifetimeValue(100, 0.8, 0.1);
    near([withFirst, withoutFirst, atEnd], [366.67, 266.67, 333.33], 2);
    const { gross, net } = revenueRetention({ start: 100_000, churn: 5000, contraction: 3000, expansion: 12_000 });
    near([gross, net], [0.92, 1.04]);
  });
});

describe("customers without contracts: BG/NBD and gamma-gamma", () => {
  const model = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
  test("the published customers", () => {
    const buyer = { frequency: 2, recency: 30.43, age: 38.86 };
    near([expectedPurchases(model, buyer, 39), aliveChance(model, buyer)], [1.226, 0.7266]);
    near([expectedPurchases(model, { frequency: 0, recency: 0, age: 38.86 }, 39)], [0.1951]);
    near(
      [1, 26, 52].map((span) => expectedFromNew(model, span)),
      [0.053_27, 0.902_64, 1.446_05],
      5,
    );
    const spend = { p: 6.25, q: 3.74, gamma: 15.44 };
    near(
      [expectedSpend(spend, { frequency: 0, mean: 0 }), expectedSpend(spend, { frequency: 2, mean: 22.35 })],
      [35.219, 24.664],
      3,
    );
  });
});

describe("recency, frequency, monetary value", () => {
  const rows = [
    ["2006-06-09", 205, 6, 472],
    ["2006-08-13", 140, 3, 340],
    ["2006-06-20", 194, 4, 405],
    ["2006-08-21", 132, 5, 448],
    ["2006-10-02", 90, 9, 843],
  ] as const;
  test("the published rows, and scores by fifths", () => {
    const found = rfmOf(
      rows.map(([last, , orders, amount], at) => ({ id: String(at), last: dayNumber(last), orders, amount })),
      dayNumber("2006-12-31"),
    );
    expect(found.map(({ recency, frequency, monetary }) => [recency, frequency, monetary])).toEqual(
      rows.map(([, ...it]) => it),
    );
    expect(found.map(({ scores }) => scores)).toEqual([
      [1, 4, 4],
      [3, 1, 1],
      [2, 2, 2],
      [4, 3, 3],
      [5, 5, 5],
    ]);
  });
  test("whoever has the same has the same score; of nobody there is no rate", () => {
    const alike = rfmOf(
      [1, 1, 1, 1, 2].map((orders, at) => ({ id: String(at), last: 0, orders, amount: orders })),
      1,
    );
    expect(alike.map(({ scores }) => scores[1])).toEqual([1, 1, 1, 1, 5]);
    expect([repeatRate([0, 1, 2, 3]), repeatRate([0])]).toEqual([2 / 3, undefined]);
  });
  test("Wilson's interval holds what it must, at the ends too", () => {
    near(shareInterval(38, 93)!, [0.3143, 0.5102]);
    near(shareInterval(0, 10)!, [0, 0.2775]);
    near(shareInterval(10, 10)!, [0.7225, 1]);
    expect(shareInterval(0, 0)).toBeUndefined();
  });
});

describe("attribution", () => {
  const touches = [-21, -14, -7, 0].map((day, at): Touch => ({ source: `s${at}`, day, lead: at === 2 }));
  test("weights are those of the model and together one", () => {
    near(attributionWeights("time_decay", touches), [0.0667, 0.1333, 0.2667, 0.5333]);
    near(attributionWeights("u_shaped", touches), [0.4, 0.1, 0.1, 0.4]);
    near(attributionWeights("w_shaped", touches), [0.3, 0.1, 0.3, 0.3]);
    near(attributionWeights("u_shaped", touches.slice(0, 2)), [0.5, 0.5]);
    for (const model of attributionModels)
      for (const some of [touches, touches.slice(0, 1), touches.slice(0, 2), touches.slice(1)])
        near([attributionWeights(model, some).reduce((sum, it) => sum + it, 0)], [1], 12);
  });
  test("what sources are given is to the cent what was booked", () => {
    let seed = 7;
    const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 40; round++) {
      const conversions = Array.from({ length: 9 }, () => ({
        amount: (chance() * 1000 - 100).toFixed(2),
        touches: Array.from({ length: Math.floor(chance() * 6) }, (_, at): Touch => ({
          source: `s${Math.floor(chance() * 4)}`,
          day: at - 6,
          lead: at === 1,
        })),
      }));
      const booked = conversions.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0);
      for (const model of attributionModels) {
        const given = [...attribute(model, conversions).values()].reduce(
          (sum, it) => sum + Math.round(Number(it) * 100),
          0,
        );
        expect(given).toBe(booked);
      }
    }
  });
  test("the return of a campaign; of no cost there is none", () => {
    near([returnOn(20_000, 11_400)!, returnOn(23_000, 11_400)!], [0.754, 1.018], 3);
    expect([returnOn(3000, undefined), returnOn(3000, 0)]).toEqual([undefined, undefined]);
  });
});

test("forecast, pace, accuracy and target", () => {
  const deals = [
    [100, 0.1],
    [50, 0.5],
    [20, 0.9],
  ].map(([amount, probability]) => ({ amount: amount! * 1000, probability: probability! }));
  near([weighted(deals), wonShare(3, 8), runRate(50, 10, 21)!], [53_000, 0.4, 105]);
  expect(
    accuracy([
      { actual: 100, forecast: 90 },
      { actual: 100, forecast: 120 },
    ]),
  ).toEqual({ wape: 0.15, bias: 0.05 });
  expect(attainment(300, 240, 6)).toEqual({ share: 0.8, gap: 60, required: 10 });
});
