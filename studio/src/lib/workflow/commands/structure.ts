import type { StateNode, WorkflowDocument } from "schemas";
import { command, freshKey, holderOf, isRegion, newState, placeOf, type Holder, type Made } from "../tree.ts";

/** Adds a state inside another. One that held none begins with it. */
export function addInside(document: WorkflowDocument, id: string, title: string): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, id)?.node;
    if (!node || node.type === "parallel" || node.type === "history") return undefined;
    const state = newState(title);
    node.states = { ...node.states, [freshKey(draft, title)]: state };
    delete node.type;
    return state.meta.id;
  });
}

/** Puts a state into a new one around it, so that both can be left together. */
export function nest(document: WorkflowDocument, id: string, title: string): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, id);
    if (!place || place.node.type === "history" || place.node.type === "final" || isRegion(draft, place))
      return undefined;
    const holder = holderOf(draft, place);
    const around = newState(title, { initial: place.key, states: { [place.key]: place.node } });
    const key = freshKey(draft, title);
    if (holder.initial === place.key) holder.initial = key;
    replace(holder, place.key, { [key]: around });
    return around.meta.id;
  });
}

/** Takes a state away from around those that it holds. */
export function unnest(document: WorkflowDocument, id: string): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, id);
    if (!place || unnestFault(draft, id)) return undefined;
    const holder = holderOf(draft, place);
    const { states, initial } = place.node;
    if (holder.initial === place.key && initial !== undefined) holder.initial = initial;
    replace(holder, place.key, states!);
    return Object.values(states!)[0]!.meta.id;
  });
}

/** Why a state cannot be taken away from around others. */
export function unnestFault(
  document: WorkflowDocument,
  id: string,
): "plain" | "region" | "rules" | "history" | undefined {
  const place = placeOf(document, id);
  if (!place?.node.states) return "plain";
  const { node } = place;
  if (node.type === "parallel" || isRegion(document, place)) return "region";
  if (node.on || node.after || node.always || node.onDone || node.entry || node.exit) return "rules";
  return Object.values(node.states!).some(({ type }) => type === "history") ? "history" : undefined;
}

/**
 * Adds a region that is active beside what there is. Where there were none, what stood there becomes the first; of the
 * whole workflow that is the one that the state field shows.
 */
export function addRegion(
  document: WorkflowDocument,
  id: string | undefined,
  titles: { readonly first: string; readonly region: string; readonly state: string },
): Made {
  return command(document, (draft) => {
    const holder: Holder | undefined = id === undefined ? draft : placeOf(draft, id)?.node;
    if (!holder || holder.type === "history" || holder.type === "final") return undefined;
    if (holder.type !== "parallel") {
      const first = newState(titles.first);
      const key = freshKey(draft, titles.first);
      const inner = holder.states ?? { [freshKey(draft, titles.state)]: newState(titles.state) };
      first.states = inner;
      first.initial = holder.initial ?? Object.keys(inner)[0]!;
      if (holder === draft) first.meta.main = true;
      delete holder.initial;
      holder.type = "parallel";
      holder.states = { [key]: first };
    }
    const region = newState(titles.region);
    holder.states = { ...holder.states, [freshKey(draft, titles.region)]: region };
    const state = newState(titles.state);
    const key = freshKey(draft, titles.state);
    region.states = { [key]: state };
    region.initial = key;
    return region.meta.id;
  });
}

/** Adds the door through which a state is entered where it was left. */
export function addHistory(document: WorkflowDocument, id: string, title: string): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, id)?.node;
    if (!node?.states || Object.values(node.states).some(({ type }) => type === "history")) return undefined;
    const history: StateNode = newState(title, { type: "history", history: "shallow" });
    if (node.type !== "parallel" && node.initial !== undefined) history.target = node.initial;
    if (node.type === "parallel") return undefined;
    node.states = { ...node.states, [freshKey(draft, title)]: history };
    return history.meta.id;
  });
}

function replace(holder: Holder, key: string, by: Readonly<Record<string, StateNode>>): void {
  holder.states = Object.fromEntries(
    Object.entries(holder.states ?? {}).flatMap(([it, state]) => (it === key ? Object.entries(by) : [[it, state]])),
  );
}
