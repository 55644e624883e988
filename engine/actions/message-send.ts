import { keepSchema, type ActionType } from "./action-type.ts";

interface Params {
  readonly message: string;
  readonly name?: string;
  readonly keep?: Readonly<Record<string, string>>;
}

/**
 * Sends a message to the record: by the ledger of mails, past its gates. It reports back when a server has taken it
 * (`message.send.done`), or why it never goes (`message.send.failed` with the reason of a gate or of the server).
 */
export const messageSend: ActionType<Params> = {
  name: "message.send",
  label: "Send a message",
  icon: "mail",
  mode: "outbox",
  repeats: () => "unsafe",
  sends: true,
  params: {
    type: "object",
    properties: {
      message: { type: "string", "x-document": "message" },
      name: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
      keep: keepSchema,
    },
    required: ["message"],
    additionalProperties: false,
  },
  effects: ({ message, name = null, keep }) => [
    { do: "message.send", name, repeats: "unsafe", params: { message }, ...(keep ? { keep } : {}) },
  ],
  examples: {
    valid: [{ message: "welcome" }, { message: "welcome", name: "first", keep: { mail: "/message_id" } }],
    invalid: [{}, { message: 1 }, { message: "welcome", to: "x@example.com" }],
  },
};
