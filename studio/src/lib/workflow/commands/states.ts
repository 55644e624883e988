import { movesOf, placesOf } from "engine";
import type { StateNode, Transition, WorkflowDocument } from "schemas";
import { newAnchor } from "../../design/entity.ts";
import { command, freshKey, holderOf, isRegion, moveOf, newState, placeOf, putAfter, type Made } from "../tree.ts";
import { declareEvent, onwardFrom, putMove } from "./moves.ts";

/** Adds a state beside another, right behind it in the order of the document. */
export function addState(document: WorkflowDocument, beside: string, title: string): Made {
  return command(document, (draft) => standBeside(draft, beside, title)?.meta.id);
}

/** Adds a state behind another, and the transition that leads there. */
export function appendState(document: WorkflowDocument, from: string, title: string): Made {
  return command(document, (draft) => {
    const state = standBeside(draft, from, title);
    const source = placeOf(draft, from);
    if (!state || !source) return undefined;
    putMove(source.node, onwardFrom(draft, source.node, title), leading(state, title));
    return state.meta.id;
  });
}

/**
 * Adds a state on a transition, between the two states that it joins. The transition keeps its identity and leads to the
 * new state; another of the same event leads on. What a wait or an end is called tells when it is taken, and stays.
 */
export function insertState(document: WorkflowDocument, move: string, title: string): Made {
  return command(document, (draft) => {
    const found = moveOf(draft, move);
    if (!found?.target || found.transition.target === undefined) return undefined;
    const state = standBeside(draft, (found.from ?? found.target).node.meta.id, title);
    if (!state) return undefined;
    const named = found.event === undefined ? undefined : found.transition.meta.title;
    const onward = named ?? found.target.node.meta.title;
    const event = found.event ?? declareEvent(draft, onward);
    putMove(state, { event }, leading(found.target.node, onward));
    found.transition.target = `#${state.meta.id}`;
    if (found.event !== undefined) found.transition.meta.title = title;
    return state.meta.id;
  });
}

/** Gives a state another name, and titles that told the old one with it; the key only where one is given. */
export function renameState(document: WorkflowDocument, id: string, next: { title?: string; key?: string }): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, id);
    if (!place) return undefined;
    const { title, key } = next;
    if (title !== undefined && title.trim() !== "") {
      for (const { target, transition, event } of movesOf(draft)) {
        if (target !== place && target?.node.meta.id !== id) continue;
        if (transition.target === undefined || transition.meta.title !== place.node.meta.title) continue;
        const declared = event === undefined ? undefined : draft.meta.events[event];
        if (declared?.title === transition.meta.title) declared.title = title;
        transition.meta.title = title;
      }
      place.node.meta.title = title;
    }
    const taken = placesOf(draft).some((it) => it.key === key && it.node.meta.id !== id);
    if (key !== undefined && key !== place.key && !taken) {
      const holder = holderOf(draft, place);
      if (holder.initial === place.key) holder.initial = key;
      holder.states = Object.fromEntries(
        Object.entries(holder.states ?? {}).map(([it, state]) => [it === place.key ? key : it, state]),
      );
    }
    return id;
  });
}

/** Removes a state with all that lies in it, and every transition that leads there. The last state stays. */
export function removeState(document: WorkflowDocument, id: string): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, id);
    if (!place) return undefined;
    const holder = holderOf(draft, place);
    const left = Object.entries(holder.states ?? {}).filter(([key]) => key !== place.key);
    if (holder === draft && !left.some(([, { type }]) => type !== "history")) return undefined;
    if (holder.type === "parallel" && left.length === 1) {
      const [, region] = left[0]!;
      delete holder.type;
      holder.states = region.states ?? { [left[0]![0]]: region };
      if (region.initial !== undefined) holder.initial = region.initial;
      if (region.on) holder.on = { ...region.on, ...holder.on };
      delete region.meta.main;
    } else {
      holder.states = Object.fromEntries(left);
      if (holder === draft && holder.type === "parallel" && !left.some(([, { meta }]) => meta.main))
        left[0]![1].meta.main = true;
    }
    return place.parent?.node.meta.id ?? draft.meta.id;
  });
}

/** Changes what is told of a state: chance, fields that it asks for. What is undefined goes. */
export function describeState(
  document: WorkflowDocument,
  id: string,
  meta: { [Key in "probability" | "requires"]?: StateNode["meta"][Key] | undefined },
): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, id)?.node;
    if (!node) return undefined;
    const next = Object.entries({ ...node.meta, ...meta }).filter(([, value]) => value !== undefined);
    node.meta = Object.fromEntries(next) as unknown as StateNode["meta"];
    return id;
  });
}

/** Makes a state an end, by its outcome, or one on the way again. */
export function setEnd(document: WorkflowDocument, id: string, end: "won" | "lost" | "other" | undefined): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, id)?.node;
    if (!node) return undefined;
    delete node.meta.outcome;
    if (end === "won" || end === "lost") node.meta.outcome = end;
    setTagsOf(node, [...(node.tags ?? []).filter((tag) => tag !== "end"), ...(end ? ["end"] : [])]);
    return id;
  });
}

/** Gives a state other tags; whether it is an end stays. */
export function setTags(document: WorkflowDocument, id: string, tags: readonly string[]): Made {
  return command(document, (draft) => {
    const node = placeOf(draft, id)?.node;
    if (!node) return undefined;
    const end = node.tags?.includes("end") ? ["end"] : [];
    setTagsOf(node, [
      ...new Set([...tags.map((tag) => tag.trim()).filter((tag) => tag !== "" && tag !== "end"), ...end]),
    ]);
    return id;
  });
}

/** Lets what holds a state begin with it, and what is around that too. */
export function setInitial(document: WorkflowDocument, id: string): Made {
  return command(document, (draft) => {
    const place = placeOf(draft, id);
    if (!place || place.node.type === "history" || isRegion(draft, place)) return undefined;
    for (let at: typeof place.parent = place; at; at = at.parent)
      if (!isRegion(draft, at)) holderOf(draft, at).initial = at.key;
    return id;
  });
}

/** Why a state or a transition cannot be removed; nothing where it can. */
export function keptFault(document: WorkflowDocument, id: string): "last" | "missing" | undefined {
  const place = placeOf(document, id);
  if (!place) return moveOf(document, id) ? undefined : "missing";
  const others = Object.entries(document.states).filter(([key, { type }]) => key !== place.key && type !== "history");
  return place.parent === undefined && others.length === 0 ? "last" : undefined;
}

/** Puts a new state right behind another, with its tags; of a region inside it. */
export function standBeside(draft: WorkflowDocument, beside: string, title: string): StateNode | undefined {
  const place = placeOf(draft, beside);
  if (!place) return undefined;
  const key = freshKey(draft, title);
  const tags = (place.node.tags ?? []).filter((tag) => tag !== "end");
  const state = newState(title, tags.length > 0 ? { tags } : {});
  const region = isRegion(draft, place) ? place.node : undefined;
  const holder = region ?? holderOf(draft, place);
  holder.states = putAfter(holder.states ?? {}, key, state, region ? undefined : place.key);
  return state;
}

function setTagsOf(node: StateNode, tags: string[]): void {
  if (tags.length > 0) node.tags = tags;
  else delete node.tags;
}

/** A new transition into a state. */
export const leading = (to: StateNode, title: string): Transition => ({
  target: `#${to.meta.id}`,
  meta: { id: newAnchor("tr"), title },
});
