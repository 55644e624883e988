import type { Action, WorkflowDocument } from "schemas";
import type { Holder } from "../states.ts";
import { around, targetOf, type Move, type Place } from "../places.ts";

/** The states and transitions of a workflow, as the rules look at them. */
export interface Graph {
  readonly document: WorkflowDocument;
  readonly places: readonly Place[];
  readonly moves: readonly Move[];
}

/** One step of the shortest way to where something is wrong: what is sent, waited for or done by itself. */
export interface WitnessStep {
  /** `meta.id` of the transition. */
  readonly transition: string;
  readonly by: "event" | "wait" | "end" | "itself";
  /** The event, the wait, or the invocation that ends. */
  readonly name: string;
  /** The title of the state to which it leads. */
  readonly to: string;
}

/**
 * All that is active once a state is entered: those around it, the first ones of what it holds and of the regions
 * beside it; of a history state where it leads while it remembers nothing.
 */
export function enteredBy(graph: Pick<Graph, "places">, place: Place): readonly Place[] {
  const { places } = graph;
  const remembers = place.node.type === "history" ? targetOf(place.node.target, place, places) : undefined;
  if (remembers && remembers !== place) return [place, ...enteredBy(graph, remembers)];
  const held = (holder: Place) => places.filter(({ parent }) => parent === holder);
  const below = (holder: Place): readonly Place[] =>
    held(holder)
      .filter((it) => isBegun(holder.node, it))
      .flatMap((it) => [it, ...below(it)]);
  const beside = around(place).flatMap((it) =>
    it.parent?.node.type === "parallel"
      ? held(it.parent)
          .filter((other) => other !== it && isBegun(it.parent!.node, other))
          .flatMap((other) => [other, ...below(other)])
      : [],
  );
  const door = place.node.type === "history" ? place.parent : undefined;
  return [...around(place), ...beside, ...below(door && door.node.initial !== place.key ? door : place)];
}

/** The fields that may be asked for where a transition leads to a state: of a history state by all that it may remember. */
export function requiredAt(graph: Pick<Graph, "places">, place: Place): readonly string[] {
  const { type } = place.node;
  const inside = type === "history" ? graph.places.filter((it) => around(it.parent).includes(place.parent!)) : [];
  return [...enteredBy(graph, place), ...inside].flatMap(({ node }) => node.meta.requires ?? []);
}

/** Whether what holds a state begins in it: in its first one, or in all its regions. */
const isBegun = ({ type, initial }: Holder, { key, node }: Pick<Place, "key" | "node">): boolean =>
  type === "parallel" ? node.type !== "history" : key === initial;

/** What is active when a run begins. */
export function begunWith(graph: Graph): readonly Place[] {
  const { document, places } = graph;
  return places.filter((it) => !it.parent && isBegun(document, it)).flatMap((it) => enteredBy(graph, it));
}

/**
 * Every state that a run can come to, and the transition by which it gets there first; nothing for those that it begins
 * in. Guards are taken as holding, but transitions in `never` are not taken.
 */
export function reached(graph: Graph, never: ReadonlySet<Move> = new Set()): ReadonlyMap<Place, Move | undefined> {
  const found = new Map<Place, Move | undefined>(begunWith(graph).map((it) => [it, undefined]));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    const standing = new Set(found.keys());
    for (const move of graph.moves) {
      if (!move.target || never.has(move) || (move.from && !standing.has(move.from))) continue;
      for (const place of enteredBy(graph, move.target)) if (!found.has(place)) found.set(place, move);
    }
  }
  return found;
}

/** The shortest way from the beginning to a state, guards taken as holding; then over `last`, where it is told. */
export function witnessTo(
  reachedBy: ReadonlyMap<Place, Move | undefined>,
  place: Place | undefined,
  last?: Move,
): readonly WitnessStep[] {
  const way: Move[] = last ? [last] : [];
  const seen = new Set<Place>();
  for (let at = place; at && !seen.has(at);) {
    seen.add(at);
    const move: Move | undefined = reachedBy.get(at);
    if (move) way.unshift(move);
    at = move?.from;
  }
  return way.map(stepOf);
}

function stepOf({ transition, event, delay, invoked, from, target }: Move): WitnessStep {
  const by = event !== undefined ? "event" : delay !== undefined ? "wait" : invoked ? "end" : "itself";
  return {
    transition: transition.meta.id,
    by,
    name: event ?? delay ?? (invoked ? (from?.node.invoke?.id ?? "") : ""),
    to: (transition.target === undefined ? from : target)?.node.meta.title ?? "",
  };
}

/** The transitions that stand beside each other: those of one state for one event, wait or end, in their order. */
export function branches({ moves }: Graph): readonly (readonly Move[])[] {
  return [...Map.groupBy(moves, ({ path }) => path.replace(/\/\d+$/, "")).values()];
}

/** Whether a run can rest in a state: it holds no others and is no door. */
export const isLeaf = ({ node }: Place): boolean => !node.states && node.type !== "history";

/** Whether a state says that a run has come to its end there. */
export const isEnd = ({ node }: Place): boolean => node.type === "final" || (node.tags?.includes("end") ?? false);

/** An action where it stands, by its JSON Pointer. */
export interface PlacedAction {
  readonly action: Action;
  readonly path: string;
}

export const placed = (actions: readonly Action[] = [], path: string): readonly PlacedAction[] =>
  actions.map((action, at) => ({ action, path: `${path}/${at}` }));

/** The state that a transition stays within while it leaves and enters others; nothing where that is the workflow itself. */
function domainOf({ from, transition, target }: Move): Place | undefined {
  if (from && !transition.reenter && around(target).includes(from)) return from;
  return around(target?.parent).find((it) => around(from?.parent).includes(it));
}

const isWithin = (place: Place, holder: Place | undefined): boolean =>
  holder === undefined || around(place.parent).includes(holder);

/** The states that a transition enters: one that leads to where it stands already enters none, unless it says so. */
export function enteredOn(graph: Graph, move: Move): readonly Place[] {
  const { transition, target } = move;
  if (!target || transition.target === undefined) return [];
  const domain = domainOf(move);
  return enteredBy(graph, target).filter((it) => isWithin(it, domain));
}

/** The states that a transition may leave: its own, those around and in it, and those in regions beside. */
function leftOn(graph: Graph, move: Move): readonly Place[] {
  const { transition, from, target } = move;
  if (!target || transition.target === undefined) return [];
  const domain = domainOf(move);
  return graph.places.filter(
    (it) => isWithin(it, domain) && (!from || areRelated(it, from) || areParted(graph, it, from)),
  );
}

const areRelated = (one: Place, other: Place): boolean => around(one).includes(other) || around(other).includes(one);

/** Whether two states lie in different regions: they may be active at once, and neither holds the other. */
export function areParted({ document }: Pick<Graph, "document">, one: Place, other: Place): boolean {
  if (areRelated(one, other)) return false;
  const holder = around(one.parent).find((it) => around(other.parent).includes(it));
  return (holder?.node ?? document).type === "parallel";
}

/** All actions that happen when a transition is taken: of what is left, its own, and of what is entered. */
export function actionsOn(graph: Graph, move: Move): readonly PlacedAction[] {
  return [
    ...leftOn(graph, move).flatMap(({ node, path }) => placed(node.exit, `${path}/exit`)),
    ...placed(move.transition.actions, `${move.path}/actions`),
    ...enteredOn(graph, move).flatMap(({ node, path }) => placed(node.entry, `${path}/entry`)),
  ];
}

/** Where a run may stand once a transition was taken, as far as its own region goes. */
export function standingAfter(graph: Graph, { transition, from, target }: Move): ReadonlySet<Place> {
  if (transition.target === undefined) return new Set(graph.places.filter((it) => !from || areRelated(it, from)));
  return new Set(target ? enteredBy(graph, target) : []);
}
