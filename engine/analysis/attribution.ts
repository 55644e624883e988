import { Decimal } from "decimal.js";

export const attributionModels = ["first", "last", "linear", "u_shaped", "w_shaped", "time_decay"] as const;
export type AttributionModel = (typeof attributionModels)[number];

/** Something that happened to a customer before she bought. */
export interface Touch {
  readonly source: string;
  /** Days before the conversion, as a negative number or zero. */
  readonly day: number;
  /** It made a lead of her: W-shaped attribution counts it with the first and the last. */
  readonly lead?: boolean;
}

const halfLifeDays = 7;

/**
 * The weight of each touch, in their order; together they are 1. U-shaped gives 40, 20 and 40 per cent to the first, those
 * between and the last; W-shaped 30 each to the first, the one that made a lead and the last, and 10 to the rest. What has
 * nobody to go to is shared by the ends.
 */
export function attributionWeights(model: AttributionModel, touches: readonly Touch[]): readonly number[] {
  const count = touches.length;
  const last = count - 1;
  if (count === 0) return [];
  if (model === "first") return touches.map((_, at) => Number(at === 0));
  if (model === "last") return touches.map((_, at) => Number(at === last));
  if (model === "time_decay") return shared(touches.map(({ day }) => 2 ** (day / halfLifeDays)));
  const lead = touches.findIndex((it) => it.lead === true);
  if (model === "linear") return shared(touches.map(() => 1));
  const corners = new Set(model === "w_shaped" && lead >= 0 ? [0, lead, last] : [0, last]);
  const between = count - corners.size;
  const corner = model === "w_shaped" && corners.size === 3 ? 30 : 40;
  const rest = 100 - corner * (corner === 30 ? 3 : 2);
  return shared(touches.map((_, at) => (corners.has(at) ? corner : between > 0 ? rest / between : 0)));
}

function shared(parts: readonly number[]): readonly number[] {
  const sum = parts.reduce((total, it) => total + it, 0);
  return parts.map((it) => it / sum);
}

/** An amount that was booked, and what came before it. */
export interface Conversion {
  readonly amount: string;
  readonly touches: readonly Touch[];
}

/** What conversions without a touch belong to. */
export const unattributed = "";

/**
 * What each source is given of all that was booked. Amounts are cut to `places` and what the cuts leave over goes to the
 * largest remainders, so the sum is what was booked, to the last cent.
 */
export function attribute(
  model: AttributionModel,
  conversions: readonly Conversion[],
  places = 2,
): ReadonlyMap<string, string> {
  const sums = new Map<string, Decimal>();
  const give = (source: string, amount: Decimal) => sums.set(source, (sums.get(source) ?? new Decimal(0)).plus(amount));
  for (const { amount, touches } of conversions) {
    const whole = new Decimal(amount);
    const weights = attributionWeights(model, touches);
    if (weights.length === 0) give(unattributed, whole);
    for (const [at, part] of divided(whole, weights, places).entries()) give(touches[at]!.source, part);
  }
  return new Map([...sums].map(([source, sum]) => [source, sum.toFixed()]));
}

/** An amount in parts by their weights, whose sum is the amount. */
function divided(amount: Decimal, weights: readonly number[], places: number): readonly Decimal[] {
  const exact = weights.map((weight) => amount.times(weight));
  const cut = exact.map((it) => it.toDecimalPlaces(places, Decimal.ROUND_DOWN));
  const unit = new Decimal(10).pow(-places);
  const left = amount.minus(cut.reduce((sum, it) => sum.plus(it), new Decimal(0)));
  const order = exact
    .map((it, at) => ({ at, rest: it.minus(cut[at]!).abs() }))
    .toSorted((one, other) => other.rest.comparedTo(one.rest) || one.at - other.at);
  const steps = left.abs().div(unit).floor().toNumber();
  const smaller = left
    .abs()
    .mod(unit)
    .times(left.isNegative() ? -1 : 1);
  return cut.map((it, at) => {
    const place = order.findIndex((one) => one.at === at);
    const more = place < steps ? unit.times(left.isNegative() ? -1 : 1) : new Decimal(0);
    return place === 0 ? it.plus(more).plus(smaller) : it.plus(more);
  });
}

/** What came back of a cost: `undefined` where there is none. */
export function returnOn(gain: number, cost: number | undefined): number | undefined {
  return cost === undefined || cost === 0 ? undefined : (gain - cost) / cost;
}
