import type { BehaviourRule, FitRule, ScoreDocument } from "schemas";
import { covers, type Access } from "../access.ts";
import { checkExpression, type Checked } from "../expression/check.ts";
import { holds, type Environment } from "../expression/evaluate.ts";
import { durationOf } from "../expression/literal.ts";
import { recordScope } from "../expression/scope.ts";
import { inputsOf } from "../formulas.ts";
import type { Entity, Model } from "../model.ts";
import { crossingOf, given, totalOf, type Pools } from "./decay.ts";

/** A score with all that it is made of at hand. */
export interface Score {
  readonly document: ScoreDocument;
  readonly anchor: string;
  readonly entity: Entity;
  readonly fit: readonly { readonly rule: FitRule; readonly when: Checked }[];
  /** The fields of the record that its fit hangs on. */
  readonly inputs: ReadonlySet<string>;
  /** The types of facts that count. */
  readonly types: ReadonlySet<string>;
}

/** What is kept of a record's behaviour: its points by half-life, and how much each rule with a cap has given. */
export interface Behaviour {
  readonly pools: Pools;
  /** By the place of the rule: by the number of the window, points. The latest windows alone. */
  readonly caps: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A fact as behaviour counts it. */
export interface Counted {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export const nothingYet: Behaviour = { pools: {}, caps: {} };
const windowsKept = 12;
const known = new WeakMap<Model, readonly Score[]>();

/** The scores of a model. */
export function scoresOf(model: Model): readonly Score[] {
  const found = known.get(model) ?? [...model.scores.values()].flatMap((document) => readScore(model, document) ?? []);
  known.set(model, found);
  return found;
}

/** The scores of an entity's records. */
export const scoresOn = (model: Model, entity: string): readonly Score[] =>
  scoresOf(model).filter((score) => score.entity.name === entity);

function readScore(model: Model, document: ScoreDocument): Score | undefined {
  const entity = model.entities.get(document.entity);
  if (!entity) return undefined;
  const fit = (document.fit ?? []).flatMap((rule) => {
    const when = checkExpression(rule.when.cel, recordScope(model, entity.name)).expression;
    return when ? [{ rule, when }] : [];
  });
  const paths = fit.flatMap(({ when }) => when.paths);
  const types = new Set((document.behaviour ?? []).map(({ type }) => type));
  return { document, anchor: document.$anchor, entity, fit, inputs: inputsOf(model, entity, paths), types };
}

/** Whether a reader may know a score: she reads all that its fit hangs on, wherever she sees the record. */
export function seesScore(access: Access | undefined, { entity, inputs }: Score): boolean {
  if (!access) return true;
  const rights = access.entity(entity.name);
  return (
    rights !== undefined &&
    [...inputs].every((name) => covers(rights.readable(entity.fields.get(name)!), rights.rule("read")))
  );
}

/** How well a record fits, from 0 to 100. */
export function fitOf({ fit }: Score, environment: Environment): number {
  const sum = fit.reduce((sofar, { rule, when }) => sofar + (holds(when, environment) ? rule.points : 0), 0);
  return Math.min(100, Math.max(0, sum));
}

const secondsOf = (span: string | undefined) => (span === undefined ? 0 : Number(durationOf(span) ?? 0));

/** Behaviour after one more fact, in the order in which facts become known. What a fact gives is `gave`, by rule. */
export function behave(
  { document }: Pick<Score, "document">,
  before: Behaviour,
  fact: Counted,
): Behaviour & { readonly gave: readonly { readonly rule: number; readonly points: number }[] } {
  let { pools, caps } = before;
  const gave: { rule: number; points: number }[] = [];
  for (const [at, rule] of (document.behaviour ?? []).entries()) {
    if (rule.type !== fact.type || !(rule.data ?? []).every((test) => dataHolds(test, fact.data))) continue;
    const capped = underCap(rule, at, caps, fact.at);
    caps = capped.caps;
    if (capped.points === 0) continue;
    const half = secondsOf(rule.half_life);
    pools = { ...pools, [half]: given(half, pools[half], capped.points, fact.at) };
    gave.push({ rule: at, points: capped.points });
  }
  return { pools, caps, gave };
}

function underCap(rule: BehaviourRule, place: number, caps: Behaviour["caps"], at: number) {
  if (rule.cap === undefined) return { points: rule.points, caps };
  const window = secondsOf(rule.window) * 1000;
  const key = String(window === 0 ? 0 : Math.floor(at / window));
  const sofar = caps[place] ?? {};
  const room = Math.max(0, rule.cap - Math.abs(sofar[key] ?? 0));
  const points = Math.sign(rule.points) * Math.min(Math.abs(rule.points), room);
  const windows = Object.entries({ ...sofar, [key]: (sofar[key] ?? 0) + points });
  const kept = windows.sort(([one], [other]) => Number(other) - Number(one)).slice(0, windowsKept);
  return { points, caps: { ...caps, [place]: Object.fromEntries(kept) } };
}

function dataHolds({ name, op, value }: NonNullable<BehaviourRule["data"]>[number], data: Counted["data"]): boolean {
  const found = Object.hasOwn(data, name) ? data[name] : undefined;
  const text =
    found === undefined || found === null
      ? undefined
      : typeof found === "object"
        ? JSON.stringify(found)
        : String(found);
  const number = text !== undefined && /^-?[0-9]{1,30}([.][0-9]{1,30})?$/.test(text) ? Number(text) : Number.NaN;
  switch (op) {
    case "is":
      return text === String(value);
    case "is_not":
      return text !== String(value);
    case "starts":
      return text?.startsWith(String(value)) ?? false;
    case "contains":
      return text?.includes(String(value)) ?? false;
    case "at_least":
      return number >= Number(value);
    case "at_most":
      return number <= Number(value);
  }
}

/** How a record stands with a score at a moment. */
export interface ScoreStanding {
  readonly value: number;
  readonly behaviour: number;
  readonly grade: string | null;
  readonly over: boolean;
  /** When decay alone changes that next, in milliseconds since 1970. */
  readonly due: number | undefined;
}

/** How a record stands with a score; `wasOver`: whether it was over the threshold before. */
export function standingOf(
  { document }: Pick<Score, "document">,
  { fit, pools, wasOver }: { readonly fit: number; readonly pools: Pools; readonly wasOver: boolean },
  at: number,
): ScoreStanding {
  const { grades, threshold } = document;
  const behaviour = totalOf(pools, at);
  const value = fit + behaviour;
  const over = value >= (wasOver ? threshold.leave : threshold.enter);
  const levels = [(over ? threshold.leave : threshold.enter) - fit, ...(grades?.behaviour ?? [])];
  const dues = levels.flatMap((level) => crossingOf(pools, level, at) ?? []);
  const rank = (cuts: readonly number[], of: number) => cuts.filter((cut) => of < cut).length;
  const grade = grades ? `${"ABCD"[rank(grades.fit, fit)]}${rank(grades.behaviour, behaviour) + 1}` : null;
  return { value, behaviour, grade, over, due: dues.length === 0 ? undefined : Math.min(...dues) };
}
