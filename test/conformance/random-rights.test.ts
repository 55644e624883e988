import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportedRows, trialBy, type Trial } from "../fixtures/laws/case.ts";
import { Chance } from "../fixtures/laws/chance.ts";
import { leaksIn, liveTold, rolledBy, toldBy, writeTold } from "../fixtures/laws/heard.ts";
import { peopleBy, settle } from "../fixtures/laws/people.ts";
import { isHeard, plain, play, wantedRows, type Heard, type Stage } from "../fixtures/laws/play.ts";
import { pagesRead, type Question } from "../fixtures/laws/questions.ts";
import { documentsOf, modelBy } from "../fixtures/laws/shape.ts";
import { Sight } from "../fixtures/laws/sight.ts";
import { world, type Answer } from "../world.ts";

/** How many requests are compared in a run; more on demand. */
const cases = Number(process.env.TRELLIS_CASES ?? 2000);
const seed = Number(process.env.TRELLIS_SEED ?? 20261124);
/** So many models share an installation, so many readers ask about each, and each asks and changes so much. */
const models = 4;
const readers = 4;
const each = { questions: 20, steps: 4 };
const perWorld = models * readers * (each.questions + 1 + each.steps * 2.7);
const worlds = Math.ceil(cases / perWorld);

/** What differs from what it must be, and how much was compared. */
interface Findings {
  compared: number;
  readonly differences: string[];
}

function compare(findings: Findings, asked: unknown, heard: unknown, wanted: unknown): void {
  findings.compared++;
  if (isDeepStrictEqual(heard, wanted)) return;
  findings.differences.push(
    `${JSON.stringify(asked)}\n  heard  ${JSON.stringify(heard)}\n  wanted ${JSON.stringify(wanted)}`,
  );
}

/** What must be answered, cut to the pages that were read. */
function wantedOf(question: Question, sight: Sight): unknown {
  const told = question.told!(sight) as any;
  if (told === "refused" || question.of !== "list") return told;
  const limit = Number(question.query?.limit ?? 50) * pagesRead;
  return { ...told, items: told.items.slice(0, limit), whole: told.items.length <= limit };
}

/** S2: what is heard in the first world is what plain loops work out. */
function agrees(findings: Findings, trial: Trial, heard: Heard) {
  const { model, people, reader, worlds, questions, steps } = trial;
  const check = (question: Question, sight: Sight, answers: readonly Answer[]) => {
    if (!question.told) return;
    const [told, wanted] = [toldBy(question, model, answers, heard.made), wantedOf(question, sight)];
    const named = question.of === "seers" && Array.isArray(told) && Array.isArray(wanted);
    if (named)
      compare(
        findings,
        question,
        told.filter((it) => !wanted.includes(it)),
        [],
      );
    else compare(findings, question, told, wanted);
  };
  const before = new Sight(model, people, reader, worlds[0]);
  for (const [at, question] of questions.entries()) check(question, before, heard.questions[at]!);
  const { status, text } = heard.exported;
  const rows = status < 400 ? text.trim().split("\r\n").length - 1 : undefined;
  compare(findings, trial.exported, rows, exportedRows(before, trial.exported));
  const sent = new Set<string>();
  let [then, heardAt, rolled, between] = [before, before, rolledBy(before, before), [] as Sight[]];
  for (const [at, { writing, taken, told, after, asked }] of steps.entries()) {
    const { asked: answers, live, rows } = heard.steps[at]!;
    const [write] = heard.steps[at]!.write as readonly [Answer];
    const now = before.over(after);
    rolled = [...rolled, ...rolledBy(then, now)];
    between = [...between, now];
    const come = {
      taken: write.status < 400,
      broken: write.status >= 500,
      rows,
      live,
      leaks: leaksIn(writing, write, then, heard.made),
    };
    const wanted = {
      taken,
      broken: false,
      rows: wantedRows(model, after),
      live: isHeard(steps, at) ? liveTold(heardAt, now, { sent, rolled, between }) : [],
      leaks: [],
    };
    compare(findings, [writing, write.text], come, wanted);
    if (taken && write.status < 400) compare(findings, writing, writeTold(writing, write, heard.made), told);
    check(asked, now, answers);
    then = now;
    if (isHeard(steps, at)) [heardAt, rolled, between] = [now, [], []];
  }
}

/** S1: what is heard in the other world is the same to the letter. */
function isAlike(
  findings: Findings,
  { reader, questions, steps, exported }: Trial,
  [one, other]: readonly [Heard, Heard],
) {
  const check = (question: unknown, left: readonly Answer[], right: readonly Answer[]) => {
    const mine = left.map((it) => plain(it, one.made));
    compare(
      findings,
      question,
      right.map((it) => plain(it, other.made)),
      mine,
    );
  };
  for (const [at, question] of questions.entries()) check(question, one.questions[at]!, other.questions[at]!);
  check(exported, [one.exported], [other.exported]);
  for (const [at, { writing, asked }] of steps.entries()) {
    const [left, right] = [one.steps[at]!, other.steps[at]!];
    if (writing.by === reader) check(writing, left.write, right.write);
    check(asked, left.asked, right.asked);
    compare(findings, [writing, "live"], right.live, left.live);
  }
}

describe.each(Array.from({ length: worlds }, (_, at) => at))("models and roles by chance, number %i", (number) => {
  const chance = new Chance(seed + number);
  const shapes = Array.from({ length: models }, (_, at) => modelBy(chance, `m${at}`));
  const people = peopleBy(chance, shapes);
  let stage: Stage;
  beforeAll(async () => {
    // Every second world is asked as one of many records is: by its indexes.
    const made = await world({
      documents: shapes.flatMap(documentsOf),
      ...(number % 2 === 1 && { setting: "enable_seqscan=off" }),
    });
    if (number % 2 === 1) made.workspace.manyRows = -2;
    await settle(made, people);
    const clients = await Promise.all(people.map(async ({ id }) => [id, await made.as(id, id)] as const));
    stage = { world: made, clients: new Map(clients) };
  });
  afterAll(() => stage.world.close());

  const trials = shapes.flatMap((model) =>
    people.slice(0, readers).map((reader) => trialBy(chance, { model, people, reader }, each)),
  );

  test("S1 S2 what readers hear is what plain loops work out, and the same where two worlds differ in what they may not know", async () => {
    const [told, alike]: [Findings, Findings] = [
      { compared: 0, differences: [] },
      { compared: 0, differences: [] },
    ];
    for (const trial of trials) {
      const one = await play(stage, trial, 0);
      agrees(told, trial, one);
      const other = await play(stage, trial, 1);
      isAlike(alike, trial, [one, other]);
      if (told.differences.length + alike.differences.length > 3) break;
    }
    const [one, other] = [alike, told].map((it) => `${it.compared} requests, ${it.differences.length} differ`);
    console.log(`S1: ${one}; S2: ${other}`);
    expect({ S1: alike.differences, S2: told.differences }).toEqual({ S1: [], S2: [] });
  });
});
