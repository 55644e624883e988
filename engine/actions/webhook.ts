import type { ActionType } from "./action-type.ts";

/** Tells a connection something by a signed message (Standard Webhooks), which comes under the same id however often it is tried. */
export const webhook: ActionType<{ connection: string; event: string; data?: Record<string, unknown> }> = {
  name: "webhook",
  label: "Tell a connection",
  icon: "send",
  mode: "outbox",
  repeats: () => "idempotent",
  sends: true,
  params: {
    type: "object",
    properties: {
      connection: { type: "string", "x-document": "connection", "x-channel": "webhook" },
      event: { type: "string", pattern: "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$" },
      data: { type: "object" },
    },
    required: ["connection", "event"],
    additionalProperties: false,
  },
  effects: ({ connection, event, data = {} }, { entity, record }) => [
    {
      do: "webhook",
      name: event,
      repeats: "idempotent",
      params: { connection, type: event, data: { entity, id: record.id, ...data } },
    },
  ],
  examples: {
    valid: [
      { connection: "erp", event: "thing.won" },
      { connection: "erp", event: "thing.won", data: { amount: "5" } },
    ],
    invalid: [{}, { connection: "erp" }, { connection: "erp", event: "won" }],
  },
};
