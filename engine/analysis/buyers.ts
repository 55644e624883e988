import { hypergeometric, logBeta, logGamma } from "./special.ts";
import { leastOf } from "./minimum.ts";

/** What a customer bought: repeat purchases, when the last of them was, and for how long she is known, in one unit of time. */
export interface Buyer {
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
}

/** BG/NBD (Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way). */
export interface BuyingModel {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** The logarithm of the likelihood of what customers bought. */
export function buyingLikelihood({ r, alpha, a, b }: BuyingModel, buyers: readonly Buyer[]): number {
  return buyers.reduce((sum, { frequency: x, recency, age }) => {
    const rate = logGamma(r + x) - logGamma(r) + r * Math.log(alpha);
    const alive = logBeta(a, b + x) - logBeta(a, b) - (r + x) * Math.log(alpha + age);
    if (x === 0) return sum + rate + alive;
    const gone = logBeta(a + 1, b + x - 1) - logBeta(a, b) - (r + x) * Math.log(alpha + recency);
    const most = Math.max(alive, gone);
    return sum + rate + most + Math.log(Math.exp(alive - most) + Math.exp(gone - most));
  }, 0);
}

/** The model under which what customers bought is likeliest. `undefined` where fewer than two of them bought again. */
export function fitBuying(buyers: readonly Buyer[]): BuyingModel | undefined {
  if (buyers.filter(({ frequency }) => frequency > 0).length < 2) return undefined;
  // Equal customers are looked at once.
  const alike = Map.groupBy(buyers, ({ frequency, recency, age }) => `${frequency} ${recency} ${age}`);
  const groups = [...alike.values()].map((them) => ({ buyer: them[0]!, times: them.length }));
  const modelAt = ([r, alpha, a, b]: readonly number[]): BuyingModel => ({
    r: Math.exp(r!),
    alpha: Math.exp(alpha!),
    a: Math.exp(a!),
    b: Math.exp(b!),
  });
  const loss = (at: readonly number[]) =>
    -groups.reduce((sum, { buyer, times }) => sum + times * buyingLikelihood(modelAt(at), [buyer]), 0);
  return modelAt(leastOf(loss, [0, Math.log(meanAge(buyers) / 4), 0, 0]));
}

const meanAge = (buyers: readonly Buyer[]) => buyers.reduce((sum, { age }) => sum + age, 0) / buyers.length || 1;

/** How likely it is that a customer still buys. Whoever never bought again has had no occasion to stop. */
export function aliveChance({ r, alpha, a, b }: BuyingModel, { frequency: x, recency, age }: Buyer): number {
  if (x === 0) return 1;
  return 1 / (1 + (a / (b + x - 1)) * ((alpha + age) / (alpha + recency)) ** (r + x));
}

/** How many purchases are to be expected of a customer within `span` from now on. */
export function expectedPurchases(model: BuyingModel, buyer: Buyer, span: number): number {
  const { r, alpha, a, b } = model;
  const { frequency: x, age } = buyer;
  const known = hypergeometric(r + x, b + x, a + b + x - 1, span / (alpha + age + span));
  const factor = (a + b + x - 1) / (a - 1);
  return factor * (1 - ((alpha + age) / (alpha + age + span)) ** (r + x) * known) * aliveChance(model, buyer);
}

/** How many purchases are to be expected of a new customer within `span`. */
export function expectedFromNew({ r, alpha, a, b }: BuyingModel, span: number): number {
  const known = hypergeometric(r, b, a + b - 1, span / (alpha + span));
  return ((a + b - 1) / (a - 1)) * (1 - (alpha / (alpha + span)) ** r * known);
}

/** Gamma-gamma of what customers spend each time (Fader and Hardie, note 025). */
export interface SpendModel {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
}

/** Of a customer who bought again: how often, and for how much on average. */
export interface Spender {
  readonly frequency: number;
  readonly mean: number;
}

export function spendLikelihood({ p, q, gamma }: SpendModel, spenders: readonly Spender[]): number {
  return spenders.reduce((sum, { frequency: x, mean: z }) => {
    const px = p * x;
    const shape = logGamma(px + q) - logGamma(px) - logGamma(q);
    return (
      sum + shape + q * Math.log(gamma) + (px - 1) * Math.log(z) + px * Math.log(x) - (px + q) * Math.log(gamma + x * z)
    );
  }, 0);
}

/** The model under which what customers spent is likeliest. Only those count who bought again and paid something. */
export function fitSpend(spenders: readonly Spender[]): SpendModel | undefined {
  const some = spenders.filter(({ frequency, mean }) => frequency > 0 && mean > 0);
  if (some.length < 2) return undefined;
  const modelAt = ([p, q, gamma]: readonly number[]): SpendModel => ({
    p: Math.exp(p!),
    q: Math.exp(q!),
    gamma: Math.exp(gamma!),
  });
  const mean = some.reduce((sum, it) => sum + it.mean, 0) / some.length;
  return modelAt(leastOf((at) => -spendLikelihood(modelAt(at), some), [1, 1, Math.log(mean / 2)]));
}

/** What a customer is expected to spend each time; of one who never bought again, what all do. */
export function expectedSpend({ p, q, gamma }: SpendModel, { frequency: x, mean }: Spender): number {
  return (p * (gamma + x * mean)) / (p * x + q - 1);
}
