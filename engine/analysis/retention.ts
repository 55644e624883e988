import { leastOf } from "./minimum.ts";

/** Shifted beta-geometric: by how much customers of a contract stay, period after period (Fader and Hardie 2007). */
export interface StayingModel {
  readonly alpha: number;
  readonly beta: number;
}

/** The share of a cohort that is left after each period, from the first up to `periods`. */
export function survival({ alpha, beta }: StayingModel, periods: number): readonly number[] {
  let left = 1;
  return Array.from({ length: periods }, (_, at) => (left *= (beta + at) / (alpha + beta + at)));
}

/** The logarithm of the likelihood of a cohort of `began` customers of whom so many were left after each period. */
export function stayingLikelihood(model: StayingModel, began: number, left: readonly number[]): number {
  const shares = [1, ...survival(model, left.length)];
  const counts = [began, ...left];
  const gone = left.reduce((sum, it, at) => sum + (counts[at]! - it) * Math.log(shares[at]! - shares[at + 1]!), 0);
  return gone + left.at(-1)! * Math.log(shares.at(-1)!);
}

/** The model under which it is likeliest that so many were left. `undefined` where nothing has been seen yet. */
export function fitStaying(began: number, left: readonly number[]): StayingModel | undefined {
  if (began <= 0 || left.length === 0 || left.at(-1)! <= 0 || left.at(-1)! >= began) return undefined;
  const modelAt = ([alpha, beta]: readonly number[]) => ({ alpha: Math.exp(alpha!), beta: Math.exp(beta!) });
  return modelAt(leastOf((at) => -stayingLikelihood(modelAt(at), began, left), [0, 0]));
}

const periodsMost = 20_000;

/** For how many periods a new customer pays, those far off counted less by the rate; the first payment is one of them. */
export function discountedLife({ alpha, beta }: StayingModel, rate: number): number {
  let [left, sum] = [1, 1];
  for (let at = 0; at < periodsMost; at++) {
    left *= (beta + at) / (alpha + beta + at);
    const worth = left / (1 + rate) ** (at + 1);
    sum += worth;
    if (worth < 1e-12) break;
  }
  return sum;
}

/** What a customer with a margin each period is worth, by the three formulas that go by that name. */
export interface LifetimeValue {
  /** m(1+d)/(1+d−r): the first payment counts, and comes at once. */
  readonly withFirst: number;
  /** m·r/(1+d−r): the first payment is behind us. */
  readonly withoutFirst: number;
  /** m/(1+d−r): the first payment counts, and each comes at the end of its period. */
  readonly atEnd: number;
}

/** Customer lifetime value by a margin, the share that stays each period, and the discount (Fader and Hardie). */
export function lifetimeValue(margin: number, retention: number, discount: number): LifetimeValue {
  const rest = 1 + discount - retention;
  return {
    withFirst: (margin * (1 + discount)) / rest,
    withoutFirst: (margin * retention) / rest,
    atEnd: margin / rest,
  };
}

/** What is kept of the revenue of a period's beginning: without, and with what the same customers bought more. */
export function revenueRetention(given: {
  readonly start: number;
  readonly churn: number;
  readonly contraction: number;
  readonly expansion: number;
}): { readonly gross: number; readonly net: number } {
  const { start, churn, contraction, expansion } = given;
  const kept = start - churn - contraction;
  return { gross: kept / start, net: (kept + expansion) / start };
}
