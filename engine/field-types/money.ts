import type { FieldType, JsonSchema, ReadHints } from "./field-type.ts";
import { boundsKeywords, decimalSchema, normalDecimal, readDecimal, type Bounds } from "./numbers.ts";

/** An amount with its currency, as it travels. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

/** JSON Schema of an amount with its currency. */
export function moneySchema(bounds: Bounds): JsonSchema {
  return {
    type: "object",
    properties: { amount: decimalSchema(bounds), currency: { type: "string", pattern: "^[A-Z]{3}$" } },
    required: ["amount", "currency"],
    additionalProperties: false,
  };
}

/** An amount of a file. A code that stands with it wins; a bare sign such as `$` says only that it is money. */
function readMoney(written: string, hints: ReadHints): Money | undefined {
  const code = /(?:^|[^A-Za-z])([A-Z]{3})(?:$|[^A-Za-z])/.exec(written)?.[1];
  const bare = written.replace(code ?? "", "").replace(/\p{Sc}/u, "");
  const amount = readDecimal(bare, hints);
  return amount === undefined ? undefined : { amount, currency: code ?? hints.currency };
}

/** An amount alone is in the workspace's currency. */
function normalMoney(value: unknown, _field: unknown, currency: string): unknown {
  if (typeof value === "number" || typeof value === "string") return { amount: normalDecimal(value), currency };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return { currency, ...value, ...("amount" in value ? { amount: normalDecimal(value.amount) } : {}) };
}

/** Money: two columns, both empty or both filled, and one property. */
export const money: FieldType<Bounds> = {
  name: "money",
  label: "Money",
  about: "An amount with its currency.",
  icon: "money",
  widget: "money",
  columns: ({ name }) => ({ [name]: "numeric", [`${name}_currency`]: "char(3)" }),
  json: (sql, { name }) =>
    sql.object({ amount: sql.text(sql.ref(name)), currency: sql.ref(`${name}_currency`) }, sql.ref(name)),
  store: (value, { name }) => {
    const { amount, currency } = (value ?? { amount: null, currency: null }) as Money;
    return { [name]: amount, [`${name}_currency`]: currency };
  },
  keywords: { properties: boundsKeywords },
  value: moneySchema,
  normal: normalMoney,
  type: () => ({ kind: "money" }),
  read: (written, _field, hints) => readMoney(written, hints),
  write: (value) => `${(value as Money).amount} ${(value as Money).currency}`,
  indexed: "order",
  examples: {
    field: { minimum: 0, places: 4 },
    valid: [
      { amount: "0", currency: "USD" },
      { amount: "1234.50", currency: "JPY" },
    ],
    invalid: [
      { amount: "-5", currency: "USD" },
      { amount: 5, currency: "USD" },
      { amount: "5", currency: "usd" },
      { amount: "5" },
      { currency: "USD" },
      { amount: "5", currency: "USD", rate: "1" },
      "5 USD",
      5,
    ],
  },
};
