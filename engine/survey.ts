import type { SurveyDocument, SurveyQuestion } from "schemas";
import { durationMs } from "./duration.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { recordScope } from "./expression/scope.ts";
import { variablesIn } from "./message.ts";
import type { Field, Model } from "./model.ts";
import { languageBeside } from "./person.ts";
import { fault, type Fault } from "./problem.ts";

const dayMs = 86_400_000;
/** A comment of a survey has at most so many signs. */
export const commentMost = 4000;

/** The ends of a scale, both of which can be given. */
export interface Scale {
  readonly least: number;
  readonly most: number;
}

/** The scales on which people answer, by the type of their question. */
export const scales: Readonly<Record<"csat" | "nps" | "ces", Scale>> = {
  csat: { least: 1, most: 5 },
  nps: { least: 0, most: 10 },
  ces: { least: 1, most: 7 },
};
export type ScaleType = keyof typeof scales;

/** The scale of a question; nothing where it asks for something else. */
export function scaleOf({ type }: Pick<SurveyQuestion, "type">): Scale | undefined {
  return type === "choice" || type === "text" ? undefined : scales[type];
}

/** The numbers of a scale, the least first. */
export const stepsOf = ({ least, most }: Scale): readonly number[] =>
  Array.from({ length: most - least + 1 }, (_, at) => least + at);

/** The question whose answer is the score: the first on a scale. */
export const scoredBy = ({ questions }: Pick<SurveyDocument, "questions">): SurveyQuestion | undefined =>
  questions.find((it) => scaleOf(it) !== undefined);

/** The question whose answer is the comment: the first that asks for words. */
export const commentedBy = ({ questions }: Pick<SurveyDocument, "questions">): SurveyQuestion | undefined =>
  questions.find(({ type }) => type === "text");

/** How long an ask is valid, an answer may be changed, and a person is left alone; in milliseconds. */
export function spansOf({ valid, change, every }: Pick<SurveyDocument, "valid" | "change" | "every">) {
  return {
    validMs: (valid === undefined ? undefined : durationMs(valid)) ?? 14 * dayMs,
    changeMs: (change === undefined ? undefined : durationMs(change)) ?? dayMs,
    everyMs: (every === undefined ? undefined : durationMs(every)) ?? 0,
  };
}

/** Answers by the names of their questions: numbers of scales, values of choices, words. */
export type SurveyAnswers = Readonly<Record<string, number | string>>;

/**
 * Reads what was sent, by the names of the questions; an answer that is empty is none. All that is wrong is told, each at
 * `/<question>`.
 */
export function readSurvey(
  { questions }: Pick<SurveyDocument, "questions">,
  sent: (name: string) => readonly string[],
): { readonly answers: SurveyAnswers; readonly faults: readonly Fault[] } {
  const answers: Record<string, number | string> = {};
  const faults: Fault[] = [];
  for (const question of questions) {
    const { id, title, required } = question;
    const path = `/${id}`;
    const given = sent(id).map((it) => it.replaceAll("\0", "").toWellFormed().trim());
    const [text = ""] = given;
    const scored = scaleOf(question);
    const wanted = given.length > 1 ? "one answer" : text === "" ? undefined : wantedOf(question, text, scored);
    if (wanted !== undefined) faults.push(fault("survey.answer", { title, wanted, path }));
    else if (text !== "") answers[id] = scored ? Number(text) : text;
    else if (required) faults.push(fault("value.missing", { title, path }));
  }
  return { answers, faults };
}

/** What a question takes, where this is not it. */
function wantedOf({ type, choices = [] }: SurveyQuestion, text: string, scale: Scale | undefined): string | undefined {
  if (scale) {
    const fine = /^\d{1,2}$/.test(text) && Number(text) >= scale.least && Number(text) <= scale.most;
    return fine ? undefined : `a whole number from ${scale.least} to ${scale.most}`;
  }
  if (type === "choice") return choices.some(({ value }) => value === text) ? undefined : "one of its choices";
  return text.length > commentMost ? `at most ${commentMost} signs` : undefined;
}

/** An answer as the field takes it that it is kept in: exact numbers travel as texts. */
export const keptAnswer = ({ type }: Pick<Field, "type">, answer: number | string): number | string =>
  type.name === "decimal" || type.name === "percent" ? String(answer) : answer;

/** What a survey reads of a record: to whom it goes and about what, by paths; fields that its mail names; whom it spares. */
export interface SurveyReading {
  readonly variables: ReadonlyMap<string, Checked>;
  readonly unless: Checked | undefined;
  /** The path of what its reader speaks: as the survey says it, else of the language beside her address. */
  readonly speaks: string | undefined;
}

/** Reads a survey as it was checked: what is no longer there is left out. */
export function surveyReading(model: Model, document: SurveyDocument): SurveyReading {
  const scope = recordScope(model, document.entity);
  const { to, person, agent, mail, unless } = document;
  const speaks = document.speaks ?? languageBeside(model, document.entity, to);
  const named = [mail.title, mail.message].flatMap((text) => variablesIn(text).variables.map(({ path }) => path));
  const paths = [to, person, agent, speaks, ...named].filter((it) => it !== undefined);
  const variables = new Map<string, Checked>();
  for (const path of paths) {
    const { expression } = checkExpression(path, scope);
    if (expression) variables.set(path, expression);
  }
  return {
    variables,
    speaks,
    unless: unless && checkExpression(unless.cel, scope, { kind: "boolean" }).expression,
  };
}

/** How many gave each number of a scale. */
export type Tally = ReadonlyMap<number, number>;

/** A share of answers in percent, with the bounds between which it lies with 95 % certainty. */
export interface Share {
  readonly percent: number;
  readonly low: number;
  readonly high: number;
}

/** The quantile of the normal distribution for 95 %, both sides. */
const z95 = 1.959964;

/**
 * A share of answers with its interval by Wilson (1927), in percent: right for few answers, too, where the plain
 * interval leaves 0 to 100. Nothing where there are none.
 */
export function certainShare(hits: number, all: number): Share | null {
  if (all === 0) return null;
  const share = hits / all;
  const middle = share + z95 ** 2 / (2 * all);
  const spread = z95 * Math.sqrt((share * (1 - share)) / all + z95 ** 2 / (4 * all ** 2));
  const under = 1 + z95 ** 2 / all;
  return {
    percent: rounded(share * 100),
    low: rounded(Math.max(0, ((middle - spread) / under) * 100)),
    high: rounded(Math.min(100, ((middle + spread) / under) * 100)),
  };
}

const rounded = (value: number) => Math.round(value * 10) / 10;

/** What answers on a scale come to. */
export interface ScaleFigures {
  readonly answers: number;
  readonly mean: number | null;
  /** Of satisfaction, the share of fours and fives. */
  readonly satisfied?: Share | null;
  /** Of recommendation, the share of nines and tens less that of zero to six: from -100 to 100. */
  readonly nps?: number | null;
}

/** The figures of a scale: CSAT, NPS or, of ease, the mean. */
export function figuresOf(type: ScaleType, tally: Tally): ScaleFigures {
  const count = (fits: (step: number) => boolean) =>
    [...tally].reduce((sum, [step, n]) => sum + (fits(step) ? n : 0), 0);
  const answers = count(() => true);
  const sum = [...tally].reduce((total, [step, n]) => total + step * n, 0);
  const mean = answers === 0 ? null : Math.round((sum / answers) * 100) / 100;
  if (type === "csat")
    return {
      answers,
      mean,
      satisfied: certainShare(
        count((step) => step >= 4),
        answers,
      ),
    };
  if (type === "ces") return { answers, mean };
  const balance = count((step) => step >= 9) - count((step) => step <= 6);
  return { answers, mean, nps: answers === 0 ? null : rounded((balance / answers) * 100) };
}
