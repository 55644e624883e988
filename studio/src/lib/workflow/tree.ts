import { movesOf, placesOf, type WorkflowMove, type WorkflowPlace } from "engine";
import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import { nameFor, newAnchor } from "../design/entity.ts";

/** What a command makes of a workflow, and the identity of what is to be selected then. */
export interface Made {
  readonly document: WorkflowDocument;
  readonly select: string;
}

/** A workflow taken apart: every state and every transition where it stands. */
export interface Opened {
  readonly document: WorkflowDocument;
  readonly places: readonly WorkflowPlace[];
  readonly moves: readonly WorkflowMove[];
}

/** Takes a workflow apart for reading. */
export function opened(document: WorkflowDocument): Opened {
  const places = placesOf(document);
  return { document, places, moves: movesOf(document, places) };
}

/** What holds states: the workflow itself, or a state. */
export type Holder = WorkflowDocument | StateNode;

/** The state of an identity, where it stands. */
export function placeOf(document: WorkflowDocument, id: string): WorkflowPlace | undefined {
  return placesOf(document).find(({ node }) => node.meta.id === id);
}

/** The transition of an identity, where it stands. */
export function moveOf(document: WorkflowDocument, id: string): WorkflowMove | undefined {
  return movesOf(document).find(({ transition }) => transition.meta.id === id);
}

/** What holds a state. */
export function holderOf(document: WorkflowDocument, place: WorkflowPlace): Holder {
  return place.parent?.node ?? document;
}

/** Whether a state is a region: active together with what stands beside it. */
export function isRegion(document: WorkflowDocument, place: WorkflowPlace): boolean {
  return holderOf(document, place).type === "parallel";
}

/** Whether records end in a state. */
export const isEnd = ({ tags, type }: StateNode) => type === "final" || (tags?.includes("end") ?? false);

/**
 * One command: a copy of the document is changed, then everything that names states is set right. Transitions keep
 * leading to the state that they led to, wherever it has gone; those to a state that is gone go with it.
 */
export function command(document: WorkflowDocument, change: (draft: WorkflowDocument) => string | undefined): Made {
  const draft = structuredClone(document);
  const select = change(draft);
  if (select === undefined) return { document, select: document.meta.id };
  settle(document, draft);
  return { document: draft, select };
}

/** A key for a state that no other has. */
export function freshKey(document: WorkflowDocument, title: string): string {
  const name = nameFor(
    title,
    placesOf(document).map(({ key }) => key),
  );
  return name === "field" ? freshKey(document, "state") : name;
}

/** A new state without anything in it. */
export function newState(title: string, given: Partial<StateNode> = {}): StateNode {
  return { ...given, meta: { id: newAnchor("st"), title } };
}

/** The entries of an object with one more, behind the key named or at the end. */
export function putAfter<Value>(
  entries: Readonly<Record<string, Value>>,
  key: string,
  value: Value,
  behind?: string,
): Record<string, Value> {
  const found = Object.entries(entries);
  const at = found.findIndex(([it]) => it === behind);
  return Object.fromEntries(found.toSpliced(at < 0 ? found.length : at + 1, 0, [key, value]));
}

/** What leads from a state to another, in the shortest words that the format has. */
export function targetText(from: WorkflowPlace | undefined, to: WorkflowPlace): string {
  if (from && to.parent?.path === from.parent?.path) return to.key;
  if (to.parent?.path === from?.path) return `.${to.key}`;
  return `#${to.node.meta.id}`;
}

/** Takes a transition out of where it stands; what is empty then goes too. */
export function takeMove(draft: WorkflowDocument, id: string): Transition | undefined {
  const move = moveOf(draft, id);
  if (!move) return undefined;
  const holder = (move.from?.node ?? draft) as StateNode;
  const without = (them: readonly Transition[] | undefined) => (them ?? []).filter(({ meta }) => meta.id !== id);
  const take = (of: object, key: string) => {
    const lists = of as Record<string, readonly Transition[] | undefined>;
    const left = without(lists[key]);
    if (left.length > 0) lists[key] = left;
    else delete lists[key];
    return move.transition;
  };
  if (move.invoked) return take(holder.invoke!, move.invoked === "done" ? "onDone" : "onError");
  if (move.event === undefined && move.delay === undefined) return take(holder, move.done ? "onDone" : "always");
  const group = move.event === undefined ? "after" : "on";
  const name = (move.event ?? move.delay)!;
  const left = without(holder[group]?.[name]);
  const others = Object.entries(holder[group] ?? {}).flatMap(([key, them]) =>
    key !== name ? [[key, them]] : left.length > 0 ? [[key, left]] : [],
  );
  if (others.length > 0) holder[group] = Object.fromEntries(others) as never;
  else delete holder[group];
  return move.transition;
}

/** Names of events and delays that something in the workflow uses. */
export function usedNames(document: WorkflowDocument): ReadonlySet<string> {
  const moves = movesOf(document);
  const lists = [
    ...placesOf(document).flatMap(({ node }) => [node.entry, node.exit]),
    ...moves.map(({ transition }) => transition.actions),
  ];
  const raised = lists.flatMap((them) => (them ?? []).map(({ params }: Action) => String(params?.event ?? "")));
  return new Set([
    document.meta.goal?.event ?? "",
    ...moves.flatMap(({ event, delay }) => event ?? delay ?? []),
    ...raised,
  ]);
}

function settle(before: WorkflowDocument, draft: WorkflowDocument): void {
  const meant = meantBy(before);
  emptied(draft);
  beginnings(draft, meant.initials);
  for (const { node } of placesOf(draft)) {
    if (node.type !== "history" || node.target === undefined) continue;
    const history = placeOf(draft, node.meta.id)!;
    const to = placeOf(draft, meant.histories.get(node.meta.id) ?? "");
    if (to) node.target = targetText(history, to);
    else if (meant.histories.has(node.meta.id)) delete node.target;
  }
  for (const { transition, target, from } of movesOf(draft)) {
    const kept = meant.targets.get(transition.meta.id);
    if (transition.target === undefined || target?.node.meta.id === kept?.id) continue;
    if (kept?.text !== transition.target) {
      if (target) transition.target = targetText(from, target);
      continue;
    }
    const to = placeOf(draft, kept.id);
    if (to) transition.target = targetText(from, to);
    else takeMove(draft, transition.meta.id);
  }
  const [used, was] = [usedNames(draft), usedNames(before)];
  for (const table of [draft.meta.events, draft.meta.delays ?? {}])
    for (const name of Object.keys(table)) if (was.has(name) && !used.has(name)) delete table[name];
  if (draft.meta.delays && Object.keys(draft.meta.delays).length === 0) delete draft.meta.delays;
}

/** What every name of a state in the document means, by identity. */
function meantBy(document: WorkflowDocument) {
  const places = placesOf(document);
  const targets = movesOf(document, places).flatMap(({ transition, target }) =>
    transition.target !== undefined && target
      ? [[transition.meta.id, { text: transition.target, id: target.node.meta.id }] as const]
      : [],
  );
  const holders = [
    { id: "", initial: document.initial, parent: undefined as WorkflowPlace | undefined },
    ...places.map((place) => ({ id: place.node.meta.id, initial: place.node.initial, parent: place })),
  ];
  const initials = holders.flatMap(({ id, initial, parent }) => {
    const first = places.find((it) => it.parent === parent && it.key === initial);
    return first ? [[id, first.node.meta.id] as const] : [];
  });
  const histories = places.flatMap(({ node, parent }) => {
    const key = node.target?.replace(/^\./, "");
    const to = node.type === "history" && places.find((it) => it.parent === parent && it.key === key);
    const far = node.target?.startsWith("#") && places.find((it) => `#${it.node.meta.id}` === node.target);
    return to ? [[node.meta.id, to.node.meta.id] as const] : far ? [[node.meta.id, far.node.meta.id] as const] : [];
  });
  return { targets: new Map(targets), initials: new Map(initials), histories: new Map(histories) };
}

/** A state whose states are all gone is a plain one. */
function emptied(draft: WorkflowDocument): void {
  for (const { node } of [...placesOf(draft)].reverse()) {
    if (!node.states || Object.values(node.states).some(({ type }) => type !== "history")) continue;
    delete node.states;
    delete node.initial;
    delete node.type;
    delete node.onDone;
  }
}

function beginnings(draft: WorkflowDocument, meant: ReadonlyMap<string, string>): void {
  const holders: readonly (readonly [string, Holder])[] = [
    ["", draft],
    ...placesOf(draft).map(({ node }) => [node.meta.id, node] as const),
  ];
  for (const [id, holder] of holders) {
    if (!holder.states) continue;
    if (holder.type === "parallel") delete holder.initial;
    else {
      const states = Object.entries(holder.states).filter(([, { type }]) => type !== "history");
      const stands = holder.initial !== undefined && states.some(([key]) => key === holder.initial);
      const kept = states.find(([, { meta }]) => meta.id === meant.get(id))?.[0];
      holder.initial = kept !== undefined && !stands ? kept : stands ? holder.initial! : states[0]![0];
    }
  }
}
