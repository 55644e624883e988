import type { StateNode, WorkflowDocument } from "schemas";

/** A state that shows where a record stands: it holds no others, or holds regions of which none is the main one. */
export interface Leaf {
  readonly key: string;
  readonly state: StateNode;
  /** The keys of the states around it, from the outside in. */
  readonly within: readonly string[];
  /** The JSON Pointer of the state in its document. */
  readonly path: string;
}

/** What holds states: the document itself, or a state. */
export type Holder = Pick<StateNode, "states" | "initial"> & { readonly type?: string };

/** The leaves of a workflow in the order of the document: those of its main region, or of the region named. */
export function leavesOf(document: WorkflowDocument, region?: string): readonly Leaf[] {
  if (region === undefined) return leavesIn(document, [], "");
  const found = regionsOf(document).find(({ key }) => key === region);
  return found ? leavesIn(found.state, [...found.within, found.key], found.path) : [];
}

/** The leaves of all regions. */
export function allLeavesOf(document: WorkflowDocument): readonly Leaf[] {
  const side = regionsOf(document).filter(({ state }) => state.meta.main !== true);
  return [...leavesOf(document), ...side.flatMap(({ key }) => leavesOf(document, key))];
}

/** The regions of a workflow: what parallel states hold, wherever they stand. */
export function regionsOf(document: WorkflowDocument): readonly Leaf[] {
  return statesOf(document).filter((it) => it.holder.type === "parallel");
}

/** The keys of the leaves in a state: itself when it is one. */
export function leavesBelow(document: WorkflowDocument, state: string, region?: string): readonly string[] {
  return leavesOf(document, region)
    .filter(({ key, within }) => key === state || within.includes(state))
    .map(({ key }) => key);
}

/** The keys of all states that an expression may name: leaves and those around them. */
export function stateKeys(document: WorkflowDocument, region?: string): readonly string[] {
  return [...new Set(leavesOf(document, region).flatMap(({ key, within }) => [...within, key]))];
}

/** Every state of a workflow, holders before what they hold; `holder` is what holds it. */
export function statesOf(document: WorkflowDocument): readonly (Leaf & { readonly holder: Holder })[] {
  const below = (holder: Holder, within: readonly string[], path: string): ReturnType<typeof statesOf> =>
    Object.entries(holder.states ?? {}).flatMap(([key, state]) => {
      const here = `${path}/states/${key}`;
      return [{ key, state, within, path: here, holder }, ...below(state, [...within, key], here)];
    });
  return below(document, [], "");
}

/** The states in which a run stands by its value, outer ones before inner ones, in the order of the document. */
export function activeStates(document: WorkflowDocument, value: unknown): readonly Leaf[] {
  const below = (holder: Holder, at: unknown, within: readonly string[], path: string): readonly Leaf[] => {
    const inner = typeof at === "string" ? { [at]: undefined } : ((at ?? {}) as Record<string, unknown>);
    return Object.entries(holder.states ?? {}).flatMap(([key, state]) => {
      if (!Object.hasOwn(inner, key)) return [];
      const here = `${path}/states/${key}`;
      return [{ key, state, within, path: here }, ...below(state, inner[key], [...within, key], here)];
    });
  };
  return below(document, value, [], "");
}

/**
 * The same value with its regions in the order of the document: PostgreSQL sorts the keys of what it keeps, and where
 * two regions take the same event, the first of them goes first.
 */
export function inOrder(holder: Holder, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(holder.states ?? {}).flatMap(([key, state]) =>
      Object.hasOwn(given, key) ? [[key, inOrder(state, given[key])]] : [],
    ),
  );
}

/** The key of the leaf in which a run stands by its value, in the main region or the one named. */
export function leafIn(document: WorkflowDocument, value: unknown, region?: string): string {
  const active = new Set(activeStates(document, value).map(({ key }) => key));
  return leavesOf(document, region).find(({ key }) => active.has(key))?.key ?? "";
}

/** Where a run stands, in one word: the leaf of its main region, or all its leaves where no region is the main one. */
export function standing(document: WorkflowDocument, value: unknown): string {
  const leaf = leafIn(document, value);
  if (leaf !== "") return leaf;
  const leaves = activeStates(document, value).filter(({ state }) => !state.states);
  return leaves.map(({ key }) => key).join(",");
}

/** The value of a run that stands in a leaf; what else is active there begins at its first state. */
export function valueAt(document: WorkflowDocument, leaves: readonly Leaf[]): unknown {
  const wanted = new Set(leaves.flatMap(({ key, within }) => [...within, key]));
  const of = (holder: Holder): unknown => {
    const states = Object.entries(holder.states ?? {}).filter(([, { type }]) => type !== "history");
    if (holder.type === "parallel") return Object.fromEntries(states.map(([key, state]) => [key, of(state)]));
    const [key, state] = states.find(([it]) => wanted.has(it)) ?? states.find(([it]) => it === holder.initial) ?? [];
    return key !== undefined && state?.states ? { [key]: of(state) } : key;
  };
  return of(document);
}

function leavesIn(holder: Holder, within: readonly string[], path: string): readonly Leaf[] {
  return Object.entries(holder.states ?? {}).flatMap(([key, state]) => {
    if (state.type === "history") return [];
    if (holder.type === "parallel" && state.meta.main !== true) return [];
    const here = `${path}/states/${key}`;
    return holds(state) ? leavesIn(state, [...within, key], here) : [{ key, state, within, path: here }];
  });
}

/** Whether a record that stands in a state stands in one of those that it holds. */
function holds({ type, states }: StateNode): boolean {
  if (!states) return false;
  return type !== "parallel" || Object.values(states).some(({ meta }) => meta.main === true);
}
