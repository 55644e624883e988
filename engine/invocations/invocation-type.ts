import type { WorkflowDocument } from "schemas";
import type { JsonSchema } from "../field-types/field-type.ts";
import type { Model } from "../model.ts";
import type { Fault } from "../problem.ts";
import type { Values } from "../values.ts";

/** An invocation as a document has it. `path` is where its input stands. */
export interface Invoking {
  readonly input: Readonly<Record<string, unknown>>;
  readonly document: WorkflowDocument;
  readonly model: Model;
  readonly path: string;
}

/** What one of the runs that an invocation begins is given. */
export interface Given {
  /** The place of its item, of one for each item. */
  readonly item: number | null;
  readonly values: Values;
}

/** What the runs of an invocation gave back that have ended, in the order of their items; `open` says whether others go on. */
export interface Back {
  readonly outputs: readonly unknown[];
  readonly open: boolean;
}

/** An invocation that other runs do. */
export interface Begins {
  /** The runs that it begins, in order. */
  readonly runs: (input: Values) => readonly Given[];
  /** What the state is done with when it is done; nothing while it waits for more. */
  readonly done: (input: Values, back: Back) => { readonly output: unknown } | undefined;
}

/** Work that others do while a run stands in a state. One file in this folder each. */
export interface InvocationType {
  /** What `src` begins with; what follows it names a workflow. */
  readonly name: "human.task" | "process:" | "each:";
  readonly label: string;
  readonly icon: string;
  /** JSON Schema of the input; wherever a literal stands an expression may. */
  readonly input: JsonSchema;
  /** The runs that do it; nothing where a person does. */
  readonly begins?: Begins;
  /** What stands against an input that its schema cannot say. */
  readonly faults?: (invoking: Invoking) => readonly Fault[];
  /** Inputs that it takes, and some that it refuses: its tests. */
  readonly examples: { readonly valid: readonly object[]; readonly invalid: readonly unknown[] };
}
