import type { WorkflowDocument } from "schemas";
import { same } from "../plan.ts";
import { clockTerms } from "./delay.ts";
import type { StateMapping } from "./relocate.ts";
import { statesOf } from "./states.ts";

/** What a mapping of a workflow says of a wait whose terms change: those that have begun are counted by the new ones. */
export const follow = "follow";

/** The key under which a mapping of a workflow says so of a delay. */
export const waitKey = (delay: string): string => `delays/${delay}`;

/** Whether a key of a mapping speaks of a delay, and of no state. */
export const isWaitKey = (key: string): boolean => key.startsWith(waitKey(""));

/** The delays that a workflow times otherwise than before, by their names; what they are called does not matter. */
export function retimed(old: WorkflowDocument, next: WorkflowDocument): readonly string[] {
  return Object.keys(next.meta.delays ?? {}).filter((name) => {
    const before = termsOf(old, name);
    return before !== undefined && !same(before, termsOf(next, name));
  });
}

/** The same, of those that a mapping lets follow. */
export function followed(old: WorkflowDocument, next: WorkflowDocument, mapping: StateMapping = {}): readonly string[] {
  return retimed(old, next).filter((name) => mapping[waitKey(name)] === follow);
}

function termsOf(document: WorkflowDocument, name: string): object | undefined {
  const delay = document.meta.delays?.[name];
  if (!delay) return undefined;
  const { title: _, ...terms } = delay;
  return terms.clock === undefined ? terms : { ...clockTerms(document, terms.clock), ...terms };
}

/** The invocations of a workflow that want to be done when a wait of its ends, by their ids. */
export function dueBy(document: WorkflowDocument, delay: string): readonly string[] {
  return statesOf(document).flatMap(({ state: { invoke } }) => {
    const due = invoke?.input?.due as { readonly delay?: string } | undefined;
    return invoke && due?.delay === delay ? [invoke.id] : [];
  });
}
