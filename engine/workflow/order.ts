import type { Transition, WorkflowDocument } from "schemas";
import { leavesOf, statesOf } from "./states.ts";

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

/** All moves from a state to one that stands before it. */
export function backMoves(states: readonly string[]): readonly (readonly [from: string, to: string])[] {
  return states.flatMap((from, at) => states.slice(0, at).map((to) => [from, to] as const));
}

/**
 * The leaves that are beside the way: what stands there goes on where it stood before, so a transition leads from them
 * to a history state. A board has no column for them, and a way no rung.
 */
export function asideStates(document: WorkflowDocument, region?: string): readonly string[] {
  const doors = new Set(
    statesOf(document).flatMap(({ key, state }) => (state.type === "history" ? [key, state.meta.id] : [])),
  );
  const leads = ({ target }: Transition) => typeof target === "string" && doors.has(target.split(/[.#]/).at(-1) ?? "");
  return leavesOf(document, region)
    .filter(({ state }) => transitionsOf(state.on).some(([, them]) => them.some(leads)))
    .map(({ key }) => key);
}

/** Transitions of a state by the event that takes them. */
export function transitionsOf(
  on: WorkflowDocument["on"],
): readonly (readonly [event: string, transitions: readonly Transition[]])[] {
  return Object.entries(on ?? {}).map(
    ([event, them]) => [event, Array.isArray(them) ? (them as Transition[]) : []] as const,
  );
}
