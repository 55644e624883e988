import type { Values } from "../values.ts";
import type { InvocationType } from "./invocation-type.ts";

/** An input as it was worked out; what an expression gave in place of a list is an empty one. */
interface Input {
  readonly items?: unknown;
  readonly values?: Values;
  readonly complete?: "all" | "first" | number;
}

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
  begins: {
    runs: ({ items, values }: Input) =>
      (Array.isArray(items) ? items : []).map((it, item) => ({ item, values: { ...values, item: it } })),
    done: ({ complete = "all" }: Input, { outputs, open }) => {
      const enough = { all: Number.POSITIVE_INFINITY, first: 1 }[complete as "all" | "first"] ?? Number(complete);
      return open && outputs.length < enough ? undefined : { output: outputs };
    },
  },
  examples: {
    valid: [{ items: [1, 2] }, { items: [], complete: "first", values: { part: "x" } }, { items: [1], complete: 2 }],
    invalid: [{}, { items: "x" }, { items: [], complete: 0 }, { items: [], complete: "some" }],
  },
};
