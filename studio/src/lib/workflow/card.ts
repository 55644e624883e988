import { transitionsOf } from "engine";
import type { Action, Invocation, StateNode, Transition } from "schemas";

/** A line on the card of a state: what it asks for, does, waits for, or answers to without being left. */
export type CardRow =
  | { readonly what: "asks"; readonly field: string }
  | { readonly what: "entry" | "exit"; readonly action: Action; readonly at: number }
  | { readonly what: "invokes"; readonly invocation: Invocation }
  | { readonly what: "ends"; readonly ending: "done" | "error"; readonly transition: Transition }
  | { readonly what: "wait"; readonly delay: string; readonly transition: Transition }
  | { readonly what: "stays"; readonly event: string | undefined; readonly transition: Transition };

/** The lines of a state's card. Transitions that lead elsewhere are drawn, not told. */
export function cardRows(node: StateNode): readonly CardRow[] {
  const staying = (transition: Transition) => transition.target === undefined;
  return [
    ...(node.meta.requires ?? []).map((field) => ({ what: "asks" as const, field })),
    ...(node.entry ?? []).map((action, at) => ({ what: "entry" as const, action, at })),
    ...(node.exit ?? []).map((action, at) => ({ what: "exit" as const, action, at })),
    ...(node.invoke ? [{ what: "invokes" as const, invocation: node.invoke }] : []),
    ...(["done", "error"] as const).flatMap((ending) =>
      listOf(ending === "done" ? node.invoke?.onDone : node.invoke?.onError)
        .filter(staying)
        .map((transition) => ({ what: "ends" as const, ending, transition })),
    ),
    ...transitionsOf(node.after).flatMap(([delay, them]) =>
      them.filter(staying).map((transition) => ({ what: "wait" as const, delay, transition })),
    ),
    ...transitionsOf(node.on).flatMap(([event, them]) =>
      them.filter(staying).map((transition) => ({ what: "stays" as const, event, transition })),
    ),
    ...[...listOf(node.always), ...listOf(node.onDone)]
      .filter(staying)
      .map((transition) => ({ what: "stays" as const, event: undefined, transition })),
  ];
}

const listOf = (them: unknown) => (them ?? []) as readonly Transition[];
