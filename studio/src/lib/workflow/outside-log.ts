import type { ProcessMap } from "engine";
import type { WorkflowDocument } from "schemas";
import { mapOver, type Mapped } from "./mapped.ts";

/** Which event of a workflow an activity is, as far as names say it: by the title that people read, else by its type. */
export function suggestMeanings(
  activities: readonly string[],
  { meta }: WorkflowDocument,
): Readonly<Record<string, string>> {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  return Object.fromEntries(
    activities.map((activity) => {
      const event = Object.entries(meta.events).find(
        ([type, { title }]) => same(title, activity) || same(type, activity),
      );
      return [activity, event?.[0] ?? ""];
    }),
  );
}

/** The directly-follows graph as it is drawn: the workflow that is proposed from it, without the state before the first activity. */
export function followedIn(
  map: ProcessMap,
  proposal: WorkflowDocument,
  titleOf: (name: string) => string,
): { readonly document: WorkflowDocument; readonly mapped: Mapped } {
  const { [proposal.initial ?? ""]: _, ...states } = proposal.states;
  const keys = new Map(Object.entries(states).map(([key, { meta }]) => [meta.title, key]));
  const keyOf = (name: string) => keys.get(name) ?? name;
  const first = map.nodes.find(({ starts }) => starts > 0)?.name ?? "";
  const titled = Object.entries(states).map(([key, state]) => [
    key,
    { ...state, meta: { ...state.meta, title: titleOf(state.meta.title) } },
  ]);
  const document = { ...proposal, initial: keyOf(first), states: Object.fromEntries(titled) } as WorkflowDocument;
  const keyed = {
    ...map,
    nodes: map.nodes.map((it) => ({ ...it, name: keyOf(it.name) })),
    edges: map.edges.map((it) => ({ ...it, from: keyOf(it.from), to: keyOf(it.to) })),
  };
  return { document, mapped: mapOver(document, keyed) };
}
