import type { JsonSchema } from "../field-types/field-type.ts";

/** Work that others do while a run stands in a state. One file in this folder each. */
export interface InvocationType {
  /** What `src` begins with; what follows it names a workflow. */
  readonly name: "human.task" | "process:" | "each:";
  readonly label: string;
  readonly icon: string;
  /** JSON Schema of the input; wherever a literal stands an expression may. */
  readonly input: JsonSchema;
  /** Inputs that it takes, and some that it refuses: its tests. */
  readonly examples: { readonly valid: readonly object[]; readonly invalid: readonly unknown[] };
}
