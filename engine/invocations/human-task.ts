import type { InvocationType } from "./invocation-type.ts";

/**
 * A person does or decides something. `form` is a JSON Schema of what they answer; `due` an ISO 8601 duration from the
 * moment of the step. One of `assignee`, `role` and `queue` says who sees it; without any, the owner of the record.
 */
export const humanTask: InvocationType = {
  name: "human.task",
  label: "A task for a person",
  icon: "user",
  input: {
    type: "object",
    properties: {
      kind: { enum: ["work", "approval"], default: "work" },
      title: { type: "string", minLength: 1 },
      description: { type: "string" },
      assignee: { type: "string", "x-field": ["user"] },
      role: { type: "string", minLength: 1 },
      queue: { type: "string", minLength: 1 },
      form: { type: "object" },
      due: { type: "string", format: "duration" },
    },
    required: ["title"],
    additionalProperties: false,
  },
  examples: {
    valid: [
      { title: "Look it over", role: "manager", due: "P2D" },
      { kind: "approval", title: "May it go?", form: { type: "object" } },
    ],
    invalid: [{}, { title: "" }, { title: "x", due: "soon" }, { title: "x", kind: "wish" }],
  },
};
