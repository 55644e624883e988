import { movesOf, placesOf } from "engine";
import type { Delay, EventDeclaration, StateNode, WorkflowDocument } from "schemas";
import { newAnchor } from "../../design/entity.ts";
import { command, freshKey, holderOf, isRegion, placeOf, putAfter, takeMove, usedNames, type Made } from "../tree.ts";

/** A state as it travels by text: itself, and the events and waits that it uses. */
interface Copied {
  readonly $schema: "urn:trellis:workflow-part:1";
  readonly key: string;
  readonly state: StateNode;
  readonly events: Readonly<Record<string, EventDeclaration>>;
  readonly delays: Readonly<Record<string, Delay>>;
}

/** A state with all that lies in it, as text. Targets are told by identity. */
export function copyState(document: WorkflowDocument, id: string): string | undefined {
  const draft = structuredClone(document);
  const place = placeOf(draft, id);
  if (!place || isRegion(draft, place)) return undefined;
  for (const { transition, target } of movesOf(draft))
    if (transition.target !== undefined && target) transition.target = `#${target.node.meta.id}`;
  const used = usedNames({ ...draft, on: {}, states: { [place.key]: place.node } });
  const only = <Value>(table: Readonly<Record<string, Value>> = {}) =>
    Object.fromEntries(Object.entries(table).filter(([name]) => used.has(name)));
  const copied: Copied = {
    $schema: "urn:trellis:workflow-part:1",
    key: place.key,
    state: place.node,
    events: only(draft.meta.events),
    delays: only(draft.meta.delays),
  };
  return JSON.stringify(copied, null, 2);
}

/**
 * Puts a copied state beside another: with new keys and identities, its transitions among themselves kept, those to
 * states that are not there left out. Nothing happens with a text that is no such copy.
 */
export function pasteState(document: WorkflowDocument, text: string, beside: string): Made {
  const copied = readCopy(text);
  return command(document, (draft) => {
    const place = placeOf(draft, beside);
    if (!copied || !place) return undefined;
    const part = structuredClone(copied);
    const whole = { ...draft, states: { [part.key]: part.state }, on: {} } as WorkflowDocument;
    const renamed = new Map(placesOf(whole).map(({ node }) => [node.meta.id, newAnchor("st")]));
    const known = new Set(placesOf(draft).map(({ node }) => node.meta.id));
    for (const { transition } of movesOf(whole)) {
      const old = transition.target?.replace("#", "") ?? "";
      const fresh = renamed.get(old);
      if (fresh) transition.target = `#${fresh}`;
      else if (transition.target !== undefined && !known.has(old)) takeMove(whole, transition.meta.id);
      transition.meta.id = newAnchor("tr");
    }
    const state = renewed(draft, whole, renamed);
    const region = isRegion(draft, place) ? place.node : undefined;
    const holder = region ?? holderOf(draft, place);
    holder.states = putAfter(holder.states ?? {}, state.key, state.node, region ? undefined : place.key);
    draft.meta.events = { ...part.events, ...draft.meta.events };
    if (Object.keys(part.delays).length > 0) draft.meta.delays = { ...part.delays, ...draft.meta.delays };
    return state.node.meta.id;
  });
}

function readCopy(text: string): Copied | undefined {
  try {
    const given = JSON.parse(text) as Copied | null;
    return given?.$schema === "urn:trellis:workflow-part:1" && given.state?.meta ? given : undefined;
  } catch {
    return undefined;
  }
}

/** The state with keys and identities that are free; names of states inside follow. */
function renewed(
  draft: WorkflowDocument,
  whole: WorkflowDocument,
  ids: ReadonlyMap<string, string>,
): { readonly key: string; readonly node: StateNode } {
  const keys = new Map<string, string>();
  for (const { key, node } of placesOf(whole)) {
    const taken = [...keys.values()].map((it) => [it, node] as const);
    keys.set(key, freshKey({ ...draft, states: { ...draft.states, ...Object.fromEntries(taken) } }, node.meta.title));
  }
  const name = (text: string) =>
    text.startsWith("#")
      ? `#${ids.get(text.slice(1)) ?? text.slice(1)}`
      : text.replaceAll(/[a-z]\w*/g, (key) => keys.get(key) ?? key);
  const renew = (node: StateNode): StateNode => {
    const { main: _, ...meta } = node.meta;
    const states = Object.entries(node.states ?? {}).map(([key, state]) => [keys.get(key)!, renew(state)] as const);
    return {
      ...node,
      ...(node.initial === undefined ? {} : { initial: name(node.initial) }),
      ...(node.target === undefined ? {} : { target: name(node.target) }),
      ...(states.length > 0 ? { states: Object.fromEntries(states) } : {}),
      meta: { ...meta, id: ids.get(node.meta.id)! },
    };
  };
  const [key, node] = Object.entries(whole.states)[0]!;
  return { key: keys.get(key)!, node: renew(node) };
}
