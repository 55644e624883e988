import type { InvocationType } from "./invocation-type.ts";

/** Another workflow, of the kind process, run to its end. The input becomes its context; its output comes back. */
export const nested: InvocationType = {
  name: "process:",
  label: "A process",
  icon: "workflow",
  input: { type: "object" },
  begins: {
    runs: (values) => [{ item: null, values }],
    done: (_, { outputs }) => (outputs.length === 0 ? undefined : { output: outputs[0] }),
  },
  examples: { valid: [{}, { part: "x", n: 3 }], invalid: ["x"] },
};
