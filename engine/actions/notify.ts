import type { ActionType } from "./action-type.ts";

/** A user by id, or as expressions give one. */
type Person = string | { readonly id: string } | null;

interface Params {
  readonly to?: Person;
  readonly role?: string;
  readonly queue?: string;
  readonly title: string;
  readonly body?: string;
}

/** Tells a person something in the bell, or everybody who has a role or takes from a queue. */
export const notify: ActionType<Params> = {
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
      role: { type: "string", minLength: 1, "x-document": "role" },
      queue: { type: "string", minLength: 1 },
      title: { type: "string", minLength: 1 },
      body: { type: "string" },
    },
    required: ["title"],
    additionalProperties: false,
  },
  lacks: ({ to, role, queue }) => (to !== undefined || role !== undefined || queue !== undefined ? undefined : "to"),
  effects: ({ to = null, role, queue, title, body = null }) => {
    const people = to === null ? [] : [{ to: typeof to === "string" ? to : to.id }];
    const groups = [...(role === undefined ? [] : [{ role }]), ...(queue === undefined ? [] : [{ queue }])];
    return [
      ...people.map((it) => ({ do: "notify", ...it, title, body }) as const),
      ...groups.map((group) => ({ do: "notify", to: null, group, title, body }) as const),
    ];
  },
  examples: {
    valid: [
      { to: "u1", title: "Look" },
      { role: "manager", title: "Look" },
      { queue: "service_desk", title: "Look", body: "Soon" },
    ],
    invalid: [{}, { to: "u1" }, { to: "u1", title: "" }, { title: "Look" }],
  },
};
