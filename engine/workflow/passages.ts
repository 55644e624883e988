import type { WorkflowDocument } from "schemas";
import { around, movesOf, placesOf, type Place } from "./places.ts";
import { activeStates } from "./states.ts";

/** Where a run stands by its value, and whether it goes on. */
export interface Stood {
  readonly value: unknown;
  readonly status: string;
}

/** The `meta.id` of states that a step has entered and left; one that it only came through stands in both. */
export interface Passage {
  readonly entered: readonly string[];
  readonly left: readonly string[];
}

/**
 * The `meta.id` of the states in which a run counts as standing: all that are active while it goes on, its final ones
 * once it is done, none where it was withdrawn.
 */
export function stoodIn(document: WorkflowDocument, at: Stood | undefined): ReadonlySet<string> {
  if (!at || (at.status !== "active" && at.status !== "done")) return new Set();
  const active = activeStates(document, at.value).filter(
    ({ state }) => at.status === "active" || state.type === "final",
  );
  return new Set(active.map(({ state }) => state.meta.id));
}

/**
 * What a step has entered and left: the difference between where the run stood and where it stands, and the states that
 * it came through on its way. Worked out of what the journal keeps, so that it can be told again later. A state in which
 * the run stood before and stands after counts as not left.
 */
export function passageOf(
  document: WorkflowDocument,
  was: ReadonlySet<string>,
  is: ReadonlySet<string>,
  taken: readonly string[],
): Passage {
  const passed = new Set(taken.flatMap((id) => throughOf(document).get(id) ?? []));
  const through = [...passed].filter((id) => !was.has(id) && !is.has(id));
  return {
    entered: [...[...is].filter((id) => !was.has(id)), ...through],
    left: [...[...was].filter((id) => !is.has(id)), ...through],
  };
}

/**
 * What a step is for its run as a whole, by names that no `meta.id` has: it began, it came to an end by itself, reached
 * the goal, left (`run.exit:` with the event by which, where it was one), or was stopped.
 */
export function endingOf(
  was: string | undefined,
  is: string,
  { type, data }: { readonly type: string; readonly data?: unknown },
): readonly string[] {
  const begins = was === undefined ? ["run.begun"] : [];
  if (is === "active" || (was !== undefined && was !== "active")) return begins;
  if (is !== "done") return [...begins, "run.stopped"];
  if (type === "goal") return [...begins, "run.goal"];
  if (type !== "exit") return [...begins, "run.done"];
  return [...begins, `run.exit:${String((data as { readonly event?: string } | undefined)?.event ?? "")}`];
}

const known = new WeakMap<WorkflowDocument, ReadonlyMap<string, readonly string[]>>();

/** By the `meta.id` of a transition the states that it leads out of and into, those around them among them. */
function throughOf(document: WorkflowDocument): ReadonlyMap<string, readonly string[]> {
  const before = known.get(document);
  if (before) return before;
  const ids = (place: Place | undefined) =>
    around(place).flatMap(({ node }) => (node.type === "history" ? [] : [node.meta.id]));
  const moves = movesOf(document, placesOf(document)).map(
    ({ transition, from, target }) => [transition.meta.id, [...ids(from), ...ids(target)]] as const,
  );
  const fresh = new Map(moves);
  known.set(document, fresh);
  return fresh;
}
