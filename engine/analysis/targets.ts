/** Σ amount × probability, which is from 0 to 1. */
export const weighted = (deals: readonly { readonly amount: number; readonly probability: number }[]): number =>
  deals.reduce((sum, { amount, probability }) => sum + amount * probability, 0);

/** How likely it is that a deal in a stage is won, by what became of those that entered it; smoothed, so that few prove little. */
export const wonShare = (won: number, entered: number): number => (won + 1) / (entered + 2);

/** What a period comes to at the pace so far. `undefined` before its first working day is over. */
export const runRate = (closed: number, elapsed: number, days: number): number | undefined =>
  elapsed <= 0 ? undefined : (closed / elapsed) * days;

/** How far forecasts lay from what came: all misses, and their direction, each for all that came. */
export function accuracy(pairs: readonly { readonly actual: number; readonly forecast: number }[]) {
  const actual = pairs.reduce((sum, it) => sum + it.actual, 0);
  const of = (miss: (it: (typeof pairs)[number]) => number) => pairs.reduce((sum, it) => sum + miss(it), 0) / actual;
  return {
    wape: of(({ actual, forecast }) => Math.abs(actual - forecast)),
    bias: of(({ actual, forecast }) => forecast - actual),
  };
}

/** How a period stands against its target. */
export function attainment(target: number, reached: number, remaining: number) {
  const gap = target - reached;
  return {
    share: target === 0 ? undefined : reached / target,
    gap,
    required: remaining <= 0 ? undefined : gap / remaining,
  };
}
