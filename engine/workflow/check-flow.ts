import type { StateNode, WorkflowDocument } from "schemas";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { celOf } from "./guards.ts";
import { around, targetOf, type Move, type Place } from "./places.ts";
import { reached } from "./rules/ways.ts";

/** What is wrong with how the states of a workflow hang together. */
export function flowFaults(
  document: WorkflowDocument,
  places: readonly Place[],
  moves: readonly Move[],
): readonly Fault[] {
  return [
    ...initials(document, places),
    ...kinds(places),
    ...regions(document, places),
    ...histories(places),
    ...doors(moves),
    ...crossings(document, moves),
    ...reach(document, places, moves),
    ...loops(moves),
  ];
}

function initials(document: WorkflowDocument, places: readonly Place[]): readonly Fault[] {
  const holders = [
    { states: document.states, initial: document.initial, type: document.type, path: "" },
    ...places.map(({ node, path }) => ({ ...node, path })),
  ];
  return holders.flatMap(({ states, initial, type, path }) => {
    if (!states || type === "parallel") return [];
    const first = initial === undefined ? undefined : states[initial];
    if (first && first.type !== "history") return [];
    const hint = nearest(initial ?? "", Object.keys(states)) ?? Object.keys(states)[0];
    return [fault("workflow.initial", { initial: initial ?? "", path: `${path}/initial`, ...hinted(hint) })];
  });
}

/** States whose `type` says something else than what they hold. */
function kinds(places: readonly Place[]): readonly Fault[] {
  const holding = new Set(["compound", "parallel"]);
  return places.flatMap(({ node: { type, states, meta }, path }) =>
    type === undefined || holding.has(type) === (states !== undefined)
      ? []
      : [fault("workflow.kind", { state: meta.title, type, path: `${path}/type` })],
  );
}

/** A parallel state holds two regions or more that hold states; of the outermost one is the main one. */
function regions(document: WorkflowDocument, places: readonly Place[]): readonly Fault[] {
  const holders: readonly { states?: StateNode["states"]; type?: string | undefined; path: string; root: boolean }[] = [
    { states: document.states, type: document.type, path: "", root: true },
    ...places.map(({ node, path }) => ({ ...node, path, root: false })),
  ];
  return holders.flatMap(({ states, type, path, root }) => {
    const held = Object.entries(states ?? {});
    const mains = held.filter(([, { meta }]) => meta.main === true);
    const told = (wanted: string, at = `${path}/states`) => [fault("workflow.regions", { wanted, path: at })];
    if (type !== "parallel")
      return mains.flatMap(([key]) => told("to hold what is a main region", `${path}/states/${key}/meta/main`));
    const empty = held.filter(([, state]) => !state.states);
    return [
      ...(held.length < 2 ? told("two regions at least") : []),
      ...empty.flatMap(([key]) => told("regions that hold states", `${path}/states/${key}`)),
      ...(mains.length > 1 || (root && mains.length === 0 && document.meta.kind === "pipeline")
        ? told("one region with `meta.main`")
        : []),
    ];
  });
}

/** A history state is a door, not a place: nothing starts from it or is asked there, and a state must hold it. */
function histories(places: readonly Place[]): readonly Fault[] {
  return places.flatMap((place) => {
    const { node, path, parent } = place;
    const { type, on, always, after, entry, exit, states, history, target, meta } = node;
    if (type !== "history")
      return history === undefined && target === undefined
        ? []
        : [fault("workflow.history", { fault: "alone has `history` and `target`", path })];
    if (!parent) return [fault("workflow.history", { fault: "stands inside the state that it remembers", path })];
    const first = target === undefined ? parent : targetOf(target, place, places);
    return [
      ...(on || always || after || entry || exit || states || meta.requires
        ? [fault("workflow.history", { fault: "has no transitions, actions, fields or states of its own", path })]
        : []),
      ...(first && first.node.type !== "history" && around(first).includes(parent)
        ? []
        : [
            fault("workflow.history", {
              fault: "leads first to a state inside of what it remembers",
              path: `${path}/target`,
            }),
          ]),
    ];
  });
}

/**
 * Transitions into a history state from inside of what it remembers: XState would enter the state again that it has not
 * left, and wait twice.
 */
function doors(moves: readonly Move[]): readonly Fault[] {
  return moves.flatMap(({ from, target, path }) =>
    target?.node.type === "history" && target.parent && around(from).includes(target.parent)
      ? [fault("workflow.history", { fault: "is entered from outside of what it remembers", path: `${path}/target` })]
      : [],
  );
}

/**
 * Transitions that XState would take by leaving a parallel state and entering it again, all its regions with it. The
 * state in which a transition happens is its own where it leads inside, else the nearest that holds both ends.
 */
function crossings(document: WorkflowDocument, moves: readonly Move[]): readonly Fault[] {
  return moves.flatMap(({ from, target, transition, path }) => {
    if (!target || transition.target === undefined) return [];
    const outside = around(target.parent);
    const inside = transition.reenter !== true && (from === undefined || outside.includes(from));
    const domain = inside ? from : around(from?.parent).find((it) => outside.includes(it));
    const type = domain ? domain.node.type : document.type;
    if (type !== "parallel") return [];
    const region = around(from).find((it) => it.parent === domain) ?? around(target).find((it) => it.parent === domain);
    return [fault("workflow.crosses", { region: region?.node.meta.title ?? "", path: `${path}/target` })];
  });
}

/** From the first state on, guards taken as holding; ends are states with the tag `end`, and final ones. */
function reach(document: WorkflowDocument, places: readonly Place[], moves: readonly Move[]): readonly Fault[] {
  const standing = reached({ document, places, moves });
  const leaves = (place: Place, from: Place | undefined) =>
    moves.some((move) => move.from === from && move.transition.target !== undefined && move.target !== place);
  const ways = (place: Place): boolean => around(place).some((it) => leaves(place, it)) || leaves(place, undefined);
  return places.flatMap((place) => {
    const { node, path } = place;
    const told = { state: node.meta.title, path };
    if (!standing.has(place)) return [fault("workflow.unreachable", told)];
    if (node.type === "final") return finals(document, place);
    const rests = !node.states && node.type !== "history" && !node.tags?.includes("end");
    return rests && !ways(place) && !isAside(document, place) ? [fault("workflow.dead_end", told)] : [];
  });
}

/**
 * A final state ends what holds it: a region beside the main one, or a state that goes on by `onDone`. The run of a
 * pipeline never ends; those of journeys and processes are made to.
 */
function finals(document: WorkflowDocument, place: Place): readonly Fault[] {
  const { node, parent, path } = place;
  const ends = document.meta.kind !== "pipeline" && !parent;
  const goesOn = ends || parent?.node.onDone !== undefined || isAside(document, place);
  return goesOn ? [] : [fault("workflow.final", { state: node.meta.title, path: `${path}/type` })];
}

/** Whether a state lies in a region that is not the main one; there a state may be the last. */
function isAside({ type }: WorkflowDocument, place: Place): boolean {
  return around(place).some(
    ({ node, parent }) => (parent ? parent.node.type : type) === "parallel" && node.meta.main !== true,
  );
}

/** A circle of transitions that need no event goes on until the engine stops it, unless each has a guard to end it. */
function loops(moves: readonly Move[]): readonly Fault[] {
  const automatic = moves.filter(
    ({ event, delay, done, invoked, from, target }) =>
      event === undefined && delay === undefined && !done && !invoked && from && target,
  );
  const unguarded = automatic.filter(
    ({ transition }) => !transition.guard || /^\s*true\s*$/.test(celOf(transition.guard) ?? ""),
  );
  const next = (place: Place, through: readonly Move[]) =>
    through.filter(({ from }) => from === place || from === place.parent);
  return unguarded.flatMap((move) => {
    const seen = new Set<Place>();
    const open = [move.target!];
    for (let place = open.pop(); place; place = open.pop()) {
      if (place === move.from)
        return [
          fault("workflow.loop", {
            states: [...seen, place].map(({ node }) => node.meta.title).join(", "),
            path: move.path,
          }),
        ];
      if (seen.has(place)) continue;
      seen.add(place);
      for (const { target } of next(place, unguarded)) open.push(target!);
    }
    return [];
  });
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
