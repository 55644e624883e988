import type { WorkspaceDocument, WorkspaceRate } from "schemas";

/** A rate with its place in the document. */
export interface RateAt {
  readonly rate: WorkspaceRate;
  readonly at: number;
}

/** Rates by their currencies, of each the latest first: as one looks for them. */
export function ratesByCurrency(rates: readonly WorkspaceRate[]): readonly RateAt[] {
  return rates
    .map((rate, at) => ({ rate, at }))
    .sort(
      ({ rate: one }, { rate: other }) =>
        one.currency.localeCompare(other.currency) || other.from.localeCompare(one.from),
    );
}

/**
 * Rates with one more, from a day on: of a currency that has none yet, or of the last one anew as it holds now. A day on
 * which it is said already is left for the next.
 */
export function withRate(document: WorkspaceDocument, currency: string, day: string): readonly WorkspaceRate[] {
  const rates = document.rates ?? [];
  const own = rates.filter((it) => it.currency === currency);
  let from = day;
  while (own.some((it) => it.from === from)) from = dayAfter(from);
  const latest = own.toSorted((one, other) => (one.from < other.from ? 1 : -1))[0];
  return [...rates, { currency, from, rate: latest?.rate ?? "1" }];
}

const dayAfter = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
