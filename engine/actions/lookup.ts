import { Decimal } from "decimal.js";
import type { ActionType } from "./action-type.ts";

type Values = Readonly<Record<string, unknown>>;

/** So many records with the same values are looked through for the nearest. */
const nearestAmong = 500;

/**
 * Reads the newest record that has these values into the run's context: its id and the fields named, or null where
 * there is none. What follows in the same step sees it.
 *
 * With `not_above` and `not_below` it is the nearest: of those whose fields are at most (at least) what is given, the one
 * that comes closest in the first of them, then in the next. A field that is empty bounds nothing and is farthest: the price
 * from ten pieces on, in force today.
 */
export const lookup: ActionType<{
  entity: string;
  match: Values;
  not_above?: Values;
  not_below?: Values;
  fields?: readonly string[];
  into: string;
}> = {
  name: "lookup",
  label: "Look a record up",
  icon: "search",
  mode: "tx",
  params: {
    type: "object",
    properties: {
      entity: { type: "string", "x-entity": true },
      match: { type: "object", minProperties: 1, "x-values-of": "entity", "x-read": true },
      not_above: { type: "object", minProperties: 1, "x-values-of": "entity", "x-read": true },
      not_below: { type: "object", minProperties: 1, "x-values-of": "entity", "x-read": true },
      fields: { type: "array", items: { type: "string", "x-field": [] } },
      into: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
    },
    required: ["entity", "match", "into"],
    additionalProperties: false,
  },
  asks: ({ entity, match, not_above, not_below }) => ({
    ask: "records",
    entity,
    match,
    most: not_above || not_below ? nearestAmong : 1,
  }),
  effects: ({ fields = [], into, not_above, not_below }, { answer }) => {
    const [found] = nearest(answer as readonly Values[], not_above, not_below);
    const value = found ? Object.fromEntries(["id", ...fields].map((name) => [name, found[name] ?? null])) : null;
    return [{ do: "context.set", values: { [into]: value } }];
  },
  examples: {
    valid: [
      { entity: "thing", match: { name: "x" }, fields: ["size"], into: "found" },
      {
        entity: "thing",
        match: { name: "x" },
        not_above: { size: 3 },
        not_below: { until: "2026-01-01" },
        into: "found",
      },
    ],
    invalid: [
      {},
      { entity: "thing", match: {}, into: "found" },
      { entity: "thing", match: { name: "x" } },
      { entity: "thing", match: { name: "x" }, not_above: {}, into: "found" },
    ],
  },
};

/** Those that are within the bounds, the nearest first; of two that are alike, the newest. */
function nearest(found: readonly Values[], above: Values = {}, below: Values = {}): readonly Values[] {
  const bounds = [
    ...Object.entries(above).map(([name, value]) => ({ name, value, side: 1 })),
    ...Object.entries(below).map(([name, value]) => ({ name, value, side: -1 })),
  ];
  const open = (value: unknown) => value === null || value === undefined;
  const within = found.filter((record) =>
    bounds.every(
      ({ name, value, side }) => open(record[name]) || (!open(value) && order(value, record[name]) * side >= 0),
    ),
  );
  return within.toSorted((one, other) => {
    for (const { name, side } of bounds) {
      const [left, right] = [one[name], other[name]];
      const nearer = open(left) || open(right) ? Number(open(left)) - Number(open(right)) : order(right, left) * side;
      if (nearer !== 0) return nearer;
    }
    return 0;
  });
}

const numeral = /^-?[0-9]{1,40}([.][0-9]{1,40})?$/;

/** Below, at or above zero, as one is before, with or behind the other: numbers by their value, days and moments as written. */
function order(one: unknown, other: unknown): number {
  const [left, right] = [String(one), String(other)];
  if (numeral.test(left) && numeral.test(right)) return new Decimal(left).cmp(new Decimal(right));
  return left < right ? -1 : left > right ? 1 : 0;
}
