import type { ActionType } from "./action-type.ts";

/** A user by id, or as expressions give one. */
type Person = string | { readonly id: string } | null;

/** Tells a person something, in the bell. */
export const notify: ActionType<{ to: Person; title: string; body?: string }> = {
  name: "notify",
  label: "Notify a person",
  icon: "bell",
  mode: "tx",
  alike: true,
  sends: true,
  params: {
    type: "object",
    properties: {
      to: { type: "string", "x-person": true },
      title: { type: "string", minLength: 1 },
      body: { type: "string" },
    },
    required: ["to", "title"],
    additionalProperties: false,
  },
  effects: ({ to, title, body = null }) =>
    to === null ? [] : [{ do: "notify", to: typeof to === "string" ? to : to.id, title, body }],
  examples: { valid: [{ to: "u1", title: "Look" }], invalid: [{}, { to: "u1" }, { to: "u1", title: "" }] },
};
