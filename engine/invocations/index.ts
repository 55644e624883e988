import { each } from "./each.ts";
import { humanTask } from "./human-task.ts";
import type { Begins, InvocationType } from "./invocation-type.ts";
import { nested } from "./nested.ts";

/** What states invoke, by what `src` begins with. */
export const invocations = { "human.task": humanTask, "process:": nested, "each:": each } as const;

/** Whether a `src` has a person do something. */
export const isTask = (src: string): boolean => beginsOf(src) === undefined;

/** The runs that a `src` begins; nothing where a person does it. */
export const beginsOf = (src: string): Begins | undefined => invocationOf(src).type.begins;

/** What a `src` invokes, and the workflow that it names. */
export function invocationOf(src: string): { readonly type: InvocationType; readonly workflow: string | undefined } {
  const name = Object.keys(invocations).find((it) => src.startsWith(it)) as keyof typeof invocations;
  const workflow = src.slice(name.length);
  return { type: invocations[name], workflow: workflow === "" ? undefined : workflow };
}
