import type { ActionType } from "./action-type.ts";

/** Changes the record that the run is bound to. Guards that follow in the same step see the new values. */
export const recordUpdate: ActionType<{ set: Record<string, unknown> }> = {
  name: "record.update",
  label: "Change the record",
  icon: "pencil",
  mode: "tx",
  alike: true,
  right: "update",
  params: {
    type: "object",
    properties: { set: { type: "object", minProperties: 1, "x-values-of": "record" } },
    required: ["set"],
    additionalProperties: false,
  },
  effects: ({ set }) => [{ do: "record.update", values: set }],
  examples: { valid: [{ set: { name: "x" } }], invalid: [{}, { set: {} }, { set: "x" }] },
};
