import type { Transition, WorkflowDocument } from "schemas";
import { leavesOf } from "./states.ts";

/**
 * The leaves of the main region, or of another one, in the order in which a board shows them: those on the way, as the
 * document has them, then the ends, won before lost.
 */
export function stateOrder(document: WorkflowDocument, region?: string): readonly string[] {
  const rank = { won: 1, lost: 3 } as const;
  const leaves = leavesOf(document, region).map(({ key, state }, at) => {
    const end = state.tags?.includes("end") ?? false;
    return { key, at, rank: end ? (state.meta.outcome ? rank[state.meta.outcome] : 2) : 0 };
  });
  return leaves.sort((one, other) => one.rank - other.rank || one.at - other.at).map(({ key }) => key);
}

/** Transitions of a state by the event that takes them. */
export function transitionsOf(
  on: WorkflowDocument["on"],
): readonly (readonly [event: string, transitions: readonly Transition[]])[] {
  return Object.entries(on ?? {}).map(
    ([event, them]) => [event, Array.isArray(them) ? (them as Transition[]) : []] as const,
  );
}
