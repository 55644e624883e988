import { Decimal } from "decimal.js";
import type { WorkspaceDocument } from "schemas";

/** Amounts by their currency; what is no money stands under no name. */
export type Purse = Map<string, Decimal>;

/** What other currencies are worth in that of the workspace on a day. */
export interface Rates {
  readonly own: string;
  readonly worth: ReadonlyMap<string, Decimal>;
}

/** The rates that hold on a day: of each currency the latest that has begun. */
export function ratesOn({ currency, rates = [] }: WorkspaceDocument, day: string): Rates {
  const held = rates.filter(({ from }) => from <= day).toSorted((one, other) => (one.from < other.from ? -1 : 1));
  return {
    own: currency,
    worth: new Map([...held.map((it) => [it.currency, new Decimal(it.rate)] as const), [currency, new Decimal(1)]]),
  };
}

/** Adds a value as answers have them: a number, money, or a list of money; `sign` -1 takes it away. */
export function put(purse: Purse, value: unknown, sign: 1 | -1 = 1): void {
  for (const { amount, currency } of partsOf(value))
    purse.set(currency, (purse.get(currency) ?? new Decimal(0)).plus(new Decimal(amount).times(sign)));
}

/** What a value is made of. */
export function partsOf(value: unknown): readonly { readonly amount: string; readonly currency: string }[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap(partsOf);
  if (typeof value === "object")
    return [{ amount: (value as { amount: string }).amount, currency: (value as { currency: string }).currency }];
  return [{ amount: String(value), currency: "" }];
}

/** A purse as answers have it: a number, money, or a list of money where it holds several currencies. */
export function shown(purse: Purse): unknown {
  const parts = [...purse]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([currency, amount]) => (currency === "" ? amount.toFixed() : { amount: amount.toFixed(), currency }));
  return parts.length > 1 ? parts : (parts[0] ?? null);
}

/** A value in the workspace's currency; of currencies without a rate it stays as it is. */
export function converted({ own, worth }: Rates, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const purse: Purse = new Map();
  for (const { amount, currency } of partsOf(value)) {
    const rate = worth.get(currency);
    put(purse, rate ? { amount: new Decimal(amount).times(rate).toFixed(), currency: own } : { amount, currency });
  }
  return shown(purse);
}

/** Whether some of a value is in a currency without a rate. */
export const isUnrated = ({ worth }: Rates, value: unknown): boolean =>
  partsOf(value).some(({ currency }) => currency !== "" && !worth.has(currency));

/** What of a value is in one currency, where that is named; what is no money stays as it is. */
export function partIn(currency: string | undefined, value: unknown): unknown {
  if (currency === undefined || typeof value !== "object" || value === null) return value;
  return partsOf(value).find((it) => it.currency === currency) ?? null;
}
