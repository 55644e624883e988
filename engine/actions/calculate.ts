import type { ActionType } from "./action-type.ts";

/** Works something out and keeps it in the run's context under a name. */
export const calculate: ActionType<{ into: string; value: unknown }> = {
  name: "calculate",
  label: "Calculate",
  icon: "calculator",
  mode: "pure",
  alike: true,
  params: {
    type: "object",
    properties: { into: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" }, value: {} },
    required: ["into", "value"],
    additionalProperties: false,
  },
  effects: ({ into, value }) => [{ do: "context.set", values: { [into]: value } }],
  examples: { valid: [{ into: "total", value: 5 }], invalid: [{}, { into: "total" }, { into: "$scene", value: 1 }] },
};
