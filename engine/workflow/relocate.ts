import type { WorkflowDocument } from "schemas";
import { activeStates, leavesOf, regionsOf, statesOf, valueAt, type Leaf } from "./states.ts";

/** Where a run stands, as far as its place goes. */
export interface Standing {
  readonly value: unknown;
  readonly history: Readonly<Record<string, readonly string[]>>;
}

/** Where a run goes when its workflow changes; or the state of its that nothing is known to follow. */
export type Relocated =
  { readonly to: Standing; readonly missing?: undefined } | { readonly to?: undefined; readonly missing: Leaf };

/** The place in the next version of each leaf that is to go, by their keys. */
export type StateMapping = Readonly<Record<string, string | null>>;

/**
 * Where a run that stands somewhere in a workflow stands in the next version of it: where `mapping` says, else in the
 * state of the same `meta.id`, whatever its key; in a state that holds others now, in its first. Regions that are new
 * begin at their first state, what history states remember stays as far as it is still there.
 */
export function relocate(
  old: WorkflowDocument,
  next: WorkflowDocument,
  at: Standing,
  mapping: StateMapping = {},
): Relocated {
  const active = new Set(activeStates(old, at.value).map(({ key }) => key));
  const from = lanesOf(old).flatMap(({ leaves }) => leaves.filter(({ key }) => active.has(key)));
  const lanes = lanesOf(next);
  const found: Leaf[] = [];
  for (const { leaves, main } of lanes)
    for (const leaf of from) {
      const to = followed(leaf, leaves, mapping);
      if (to && !found.some((it) => leaves.includes(it))) found.push(to);
      else if (!to && main && isMain(old, leaf)) return { missing: leaf };
    }
  const stranded = from.find(
    (leaf) => !isMain(old, leaf) && stillThere(old, next, leaf) && !reaches(leaf, lanes, mapping),
  );
  return stranded ? { missing: stranded } : { to: { value: valueAt(next, found), history: kept(next, at.history) } };
}

/** Whether runs stand in the same states by their identity, not by their keys alone: a key may be another state's by now. */
export function inSameStates(old: WorkflowDocument, next: WorkflowDocument, from: unknown, to: unknown): boolean {
  const of = (document: WorkflowDocument, value: unknown) =>
    activeStates(document, value)
      .map(({ state }) => state.meta.id)
      .sort()
      .join();
  return of(old, from) === of(next, to);
}

/** The main region and those beside it, each with its leaves. */
function lanesOf(document: WorkflowDocument): readonly { readonly leaves: readonly Leaf[]; readonly main: boolean }[] {
  const beside = regionsOf(document).filter(({ state }) => state.meta.main !== true);
  return [
    { leaves: leavesOf(document), main: true },
    ...beside.map(({ key }) => ({ leaves: leavesOf(document, key), main: false })),
  ];
}

function followed(leaf: Leaf, leaves: readonly Leaf[], mapping: StateMapping): Leaf | undefined {
  const named = mapping[leaf.key];
  const at = (fits: (it: Leaf) => boolean, within: (it: Leaf) => boolean) => leaves.find(fits) ?? leaves.find(within);
  if (typeof named === "string")
    return at(
      ({ key }) => key === named,
      (it) => it.within.includes(named),
    );
  return leaves.find(({ state }) => state.meta.id === leaf.state.meta.id);
}

const isMain = (document: WorkflowDocument, leaf: Leaf) => leavesOf(document).some(({ key }) => key === leaf.key);

/** Whether the region of a leaf is still a region: a region that goes takes its states along. */
function stillThere(old: WorkflowDocument, next: WorkflowDocument, leaf: Leaf): boolean {
  const region = regionsOf(old).find(({ key, state }) => leaf.within.includes(key) && state.meta.main !== true);
  return regionsOf(next).some(({ state }) => state.meta.id === region?.state.meta.id);
}

const reaches = (leaf: Leaf, lanes: ReturnType<typeof lanesOf>, mapping: StateMapping) =>
  lanes.some(({ leaves }) => followed(leaf, leaves, mapping) !== undefined);

function kept(next: WorkflowDocument, history: Standing["history"]): Standing["history"] {
  const ids = new Set(statesOf(next).map(({ state }) => state.meta.id));
  return Object.fromEntries(
    Object.entries(history).flatMap(([key, states]) => {
      const there = states.filter((id) => ids.has(id));
      return ids.has(key) && there.length > 0 ? [[key, there]] : [];
    }),
  );
}

/** The waits that a run begins by being moved: those of states and delays that it did not wait by before. */
export function newWaits(
  old: WorkflowDocument,
  next: WorkflowDocument,
  from: unknown,
  to: unknown,
): readonly { readonly delay: string; readonly state: string }[] {
  const of = (document: WorkflowDocument, value: unknown) =>
    activeStates(document, value).flatMap(({ state }) =>
      Object.keys(state.after ?? {}).map((delay) => ({ delay, state: state.meta.id })),
    );
  const before = new Set(of(old, from).map(({ delay, state }) => `${delay} ${state}`));
  return of(next, to).filter(({ delay, state }) => !before.has(`${delay} ${state}`));
}

/** The ids of what runs invoke in the next version and did not in the present one. */
export function newInvocations(
  old: WorkflowDocument,
  next: WorkflowDocument,
  from: unknown,
  to: unknown,
): readonly string[] {
  const of = (document: WorkflowDocument, value: unknown) =>
    activeStates(document, value).flatMap(({ state }) => state.invoke?.id ?? []);
  const before = new Set(of(old, from));
  return of(next, to).filter((id) => !before.has(id));
}
