import type { ActionType } from "./action-type.ts";

/**
 * Reads the newest record that has these values into the run's context: its id and the fields named, or null where
 * there is none. What follows in the same step sees it.
 */
export const lookup: ActionType<{
  entity: string;
  match: Record<string, unknown>;
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
      fields: { type: "array", items: { type: "string", "x-field": [] } },
      into: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
    },
    required: ["entity", "match", "into"],
    additionalProperties: false,
  },
  asks: ({ entity, match }) => ({ ask: "records", entity, match, most: 1 }),
  effects: ({ fields = [], into }, { answer }) => {
    const [found] = answer as readonly Readonly<Record<string, unknown>>[];
    const value = found ? Object.fromEntries(["id", ...fields].map((name) => [name, found[name] ?? null])) : null;
    return [{ do: "context.set", values: { [into]: value } }];
  },
  examples: {
    valid: [{ entity: "thing", match: { name: "x" }, fields: ["size"], into: "found" }],
    invalid: [{}, { entity: "thing", match: {}, into: "found" }, { entity: "thing", match: { name: "x" } }],
  },
};
