/** What a customer bought within a window. */
export interface Bought {
  readonly id: string;
  /** The day of the last order, as a number of days. */
  readonly last: number;
  readonly orders: number;
  readonly amount: number;
}

/** Recency, frequency and monetary value of a customer, with their scores from 1 to 5; 5 is best. */
export interface Rfm {
  readonly id: string;
  /** Days from the last order to the day of the analysis. */
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
  readonly scores: readonly [recency: number, frequency: number, monetary: number];
}

const classes = 5;

/** Scores customers by rank: fifths of all of them, and whoever has the same has the same score. */
export function rfmOf(customers: readonly Bought[], day: number): readonly Rfm[] {
  const recency = scoresOf(customers.map(({ last }) => last));
  const frequency = scoresOf(customers.map(({ orders }) => orders));
  const monetary = scoresOf(customers.map(({ amount }) => amount));
  return customers.map(({ id, last, orders, amount }) => ({
    id,
    recency: day - last,
    frequency: orders,
    monetary: amount,
    scores: [recency.get(last)!, frequency.get(orders)!, monetary.get(amount)!],
  }));
}

/** The score of each value: by the share of customers who have less. */
function scoresOf(values: readonly number[]): ReadonlyMap<number, number> {
  const sorted = values.toSorted((one, other) => one - other);
  const scores = new Map<number, number>();
  for (const [at, value] of sorted.entries())
    if (!scores.has(value)) scores.set(value, Math.min(classes, Math.floor((at * classes) / sorted.length) + 1));
  return scores;
}

/** Of those who bought within a window, the share who did so at least twice. */
export function repeatRate(orders: readonly number[]): number | undefined {
  const bought = orders.filter((it) => it >= 1).length;
  return bought === 0 ? undefined : orders.filter((it) => it >= 2).length / bought;
}

/**
 * Wilson's interval of a share: between what and what it lies with 95 % certainty, where so many of so many were seen.
 */
export function shareInterval(
  of: number,
  all: number,
  z = 1.959_963_984_540_054,
): readonly [number, number] | undefined {
  if (all <= 0) return undefined;
  const share = of / all;
  const middle = (share + z ** 2 / (2 * all)) / (1 + z ** 2 / all);
  const half = (z / (1 + z ** 2 / all)) * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
