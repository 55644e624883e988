import type { InvocationType } from "./invocation-type.ts";

/**
 * A process for every item of a list, side by side. Each has `values` and its `item` in its context. The state is done
 * when all are, when the first is, or when so many are; the rest is withdrawn then. The outputs come back as a list.
 */
export const each: InvocationType = {
  name: "each:",
  label: "A process for each item",
  icon: "layers",
  input: {
    type: "object",
    properties: {
      items: { type: "array" },
      values: { type: "object" },
      complete: { anyOf: [{ enum: ["all", "first"] }, { type: "integer", minimum: 1 }], default: "all" },
    },
    required: ["items"],
    additionalProperties: false,
  },
  examples: {
    valid: [{ items: [1, 2] }, { items: [], complete: "first", values: { part: "x" } }, { items: [1], complete: 2 }],
    invalid: [{}, { items: "x" }, { items: [], complete: 0 }, { items: [], complete: "some" }],
  },
};
