import type { ActionType } from "./action-type.ts";

/** Sends an event to the same run, taken in the same step. */
export const raise: ActionType<{ event: string; data?: unknown }> = {
  name: "raise",
  label: "Raise an event",
  icon: "zap",
  mode: "pure",
  params: {
    type: "object",
    properties: { event: { type: "string", minLength: 1, "x-event": true }, data: {} },
    required: ["event"],
    additionalProperties: false,
  },
  effects: ({ event, data }) => [{ do: "raise", event, data }],
  examples: { valid: [{ event: "thing.checked" }], invalid: [{}, { event: 3 }] },
};
