import type { ActionType } from "./action-type.ts";

/** Keeps values in the run's own context. */
export const set: ActionType<{ values: Record<string, unknown> }> = {
  name: "set",
  label: "Remember a value",
  icon: "variable",
  mode: "pure",
  alike: true,
  params: {
    type: "object",
    properties: { values: { type: "object", minProperties: 1 } },
    required: ["values"],
    additionalProperties: false,
  },
  effects: ({ values }) => [{ do: "context.set", values }],
  examples: { valid: [{ values: { tries: "1" } }], invalid: [{}, { values: {} }, { values: 1 }] },
};
