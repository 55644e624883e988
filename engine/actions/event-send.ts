import { keyOf } from "../workflow/key.ts";
import type { ActionType } from "./action-type.ts";

/**
 * Sends an event to the runs of an entity's workflow that wait for it by a key (`correlation`): those that wait now, and
 * those that begin to within its look-back. It reaches them after this step, each once.
 */
export const eventSend: ActionType<{ entity: string; event: string; key: string | number | null; data?: unknown }> = {
  name: "event.send",
  label: "Tell other runs",
  icon: "zap",
  mode: "tx",
  params: {
    type: "object",
    properties: {
      entity: { type: "string", "x-entity": true },
      event: { type: "string", minLength: 1, "x-sent": true },
      key: { type: ["string", "number", "null"] },
      data: {},
    },
    required: ["entity", "event", "key"],
    additionalProperties: false,
  },
  effects: ({ entity, event, key, data }) => {
    const named = keyOf(key);
    return named === undefined ? [] : [{ do: "event.send", entity, event, key: named, data: data ?? null }];
  },
  examples: {
    valid: [
      { entity: "order", event: "order.paid", key: "O-7" },
      { entity: "order", event: "order.paid", key: 7, data: { by: "card" } },
    ],
    invalid: [{}, { entity: "order", event: "order.paid" }, { entity: "order", event: "", key: "O-7" }],
  },
};
