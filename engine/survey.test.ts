import { describe, expect, test } from "vitest";
import { figuresOf, readSurvey, certainShare, spansOf } from "./survey.ts";

const questions = [
  { id: "score", type: "csat", title: "How was it?", required: true },
  { id: "likely", type: "nps", title: "Would you tell others?" },
  { id: "easy", type: "ces", title: "Was it easy?" },
  {
    id: "way",
    type: "choice",
    title: "Which way?",
    choices: [
      { value: "mail", title: "Mail" },
      { value: "call", title: "Call" },
    ],
  },
  { id: "words", type: "text", title: "What else?" },
] as const;

const read = (sent: Record<string, string | readonly string[]>) => {
  const { answers, faults } = readSurvey({ questions: [...questions] as any }, (name) => [sent[name] ?? []].flat());
  return { answers, faults: faults.map(({ code, path }) => `${code} ${path}`) };
};

describe("the figures of specification 5", () => {
  test("S1: 8 of 10 are 80 % [49.0, 94.3], 80 of 100 are 80 % [71.1, 86.7]", () => {
    expect(certainShare(8, 10)).toEqual({ percent: 80, low: 49, high: 94.3 });
    expect(certainShare(80, 100)).toEqual({ percent: 80, low: 71.1, high: 86.7 });
  });

  test("S2: satisfied are the fours and fives", () => {
    const tally = new Map([
      [1, 1],
      [3, 1],
      [4, 3],
      [5, 5],
    ]);
    expect(figuresOf("csat", tally)).toEqual({ answers: 10, mean: 4.1, satisfied: certainShare(8, 10) });
  });

  test("S3: 60 promoters, 25 passives and 15 detractors are +45", () => {
    const tally = new Map([
      [10, 40],
      [9, 20],
      [8, 15],
      [7, 10],
      [6, 5],
      [0, 10],
    ]);
    expect(figuresOf("nps", tally)).toMatchObject({ answers: 100, nps: 45 });
    expect(figuresOf("nps", new Map([10, 9, 8, 3].map((step) => [step, 1])))).toMatchObject({ nps: 25 });
  });

  test("S4: ease is the mean", () => {
    expect(
      figuresOf(
        "ces",
        new Map([
          [7, 2],
          [1, 1],
        ]),
      ),
    ).toEqual({ answers: 3, mean: 5 });
  });

  test("no answers have no figures", () => {
    expect(certainShare(0, 0)).toBeNull();
    expect(figuresOf("csat", new Map())).toEqual({ answers: 0, mean: null, satisfied: null });
    expect(figuresOf("nps", new Map())).toEqual({ answers: 0, mean: null, nps: null });
    expect(certainShare(0, 3)).toMatchObject({ percent: 0, low: 0 });
    expect(certainShare(3, 3)).toMatchObject({ percent: 100, high: 100 });
  });
});

describe("what was sent", () => {
  test("is read by the questions, and what nobody asked is left out", () => {
    expect(read({ score: "5", likely: "0", easy: "7", way: "call", words: " Fine\0. ", other: "x" })).toEqual({
      answers: { score: 5, likely: 0, easy: 7, way: "call", words: "Fine." },
      faults: [],
    });
  });

  test("is refused where it does not fit, all of it at once", () => {
    expect(read({}).faults).toEqual(["value.missing /score"]);
    for (const score of ["0", "6", "4.5", "-1", "1e1", "five", "00005"])
      expect(read({ score }).faults, score).toEqual(["survey.answer /score"]);
    expect(read({ score: ["4", "5"], likely: "11", way: "walk", words: "x".repeat(4001) }).faults).toEqual([
      "survey.answer /score",
      "survey.answer /likely",
      "survey.answer /way",
      "survey.answer /words",
    ]);
  });
});

test("an ask is valid for two weeks and changed for a day, where nothing else is said", () => {
  const day = 86_400_000;
  expect(spansOf({})).toEqual({ validMs: 14 * day, changeMs: day, everyMs: 0 });
  expect(spansOf({ valid: "P7D", change: "PT1H", every: "P30D" })).toEqual({
    validMs: 7 * day,
    changeMs: day / 24,
    everyMs: 30 * day,
  });
});
