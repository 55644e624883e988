import type { WorkflowDocument } from "schemas";
import type { JsonSchema } from "../field-types/field-type.ts";
import type { Model } from "../model.ts";
import type { Fault } from "../problem.ts";

/** An invocation as a document has it. `path` is where its input stands. */
export interface Invoking {
  readonly input: Readonly<Record<string, unknown>>;
  readonly document: WorkflowDocument;
  readonly model: Model;
  readonly path: string;
}

/** Work that others do while a run stands in a state. One file in this folder each. */
export interface InvocationType {
  /** What `src` begins with; what follows it names a workflow. */
  readonly name: "human.task" | "process:" | "each:";
  readonly label: string;
  readonly icon: string;
  /** JSON Schema of the input; wherever a literal stands an expression may. */
  readonly input: JsonSchema;
  /** What stands against an input that its schema cannot say. */
  readonly faults?: (invoking: Invoking) => readonly Fault[];
  /** Inputs that it takes, and some that it refuses: its tests. */
  readonly examples: { readonly valid: readonly object[]; readonly invalid: readonly unknown[] };
}
