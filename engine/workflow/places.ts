import type { Action, StateNode, Transition, WorkflowDocument } from "schemas";
import { transitionsOf } from "./order.ts";

/** A state where it stands: its key, what holds it, its JSON Pointer. */
export interface Place {
  readonly key: string;
  readonly node: StateNode;
  readonly parent: Place | undefined;
  readonly path: string;
}

/**
 * A transition where it stands. Without an event or a delay it is taken by itself: `done` when what it leaves is, with
 * `invoked` when what its state invokes has ended so.
 */
export interface Move {
  readonly from: Place | undefined;
  readonly transition: Transition;
  readonly event?: string;
  readonly delay?: string;
  readonly done?: true;
  readonly invoked?: "done" | "error";
  readonly path: string;
  readonly target: Place | undefined;
}

/** Every state of a workflow, holders before what they hold. */
export function placesOf(document: WorkflowDocument): readonly Place[] {
  const below = (states: StateNode["states"], parent: Place | undefined, path: string): readonly Place[] =>
    Object.entries(states ?? {}).flatMap(([key, node]) => {
      const place = { key, node, parent, path: `${path}/states/${key}` };
      return [place, ...below(node.states, place, place.path)];
    });
  return below(document.states, undefined, "");
}

/** Every transition of a workflow. */
export function movesOf(document: WorkflowDocument, places = placesOf(document)): readonly Move[] {
  type Trigger = Pick<Move, "event" | "delay" | "done" | "invoked">;
  const of = (from: Place | undefined, trigger: Trigger, them: unknown, path: string): readonly Move[] =>
    ((them ?? []) as readonly Transition[]).map((transition, at) => ({
      from,
      transition,
      ...trigger,
      path: `${path}/${at}`,
      target: targetOf(transition.target, from, places),
    }));
  const onEvents = (from: Place | undefined, on: WorkflowDocument["on"], path: string) =>
    transitionsOf(on).flatMap(([event, them]) => of(from, { event }, them, `${path}/on/${event}`));
  return [
    ...onEvents(undefined, document.on, ""),
    ...places.flatMap((place) => [
      ...onEvents(place, place.node.on, place.path),
      ...of(place, {}, place.node.always, `${place.path}/always`),
      ...transitionsOf(place.node.after).flatMap(([delay, them]) =>
        of(place, { delay }, them, `${place.path}/after/${delay}`),
      ),
      ...of(place, { done: true }, place.node.onDone, `${place.path}/onDone`),
      ...of(place, { invoked: "done" }, place.node.invoke?.onDone, `${place.path}/invoke/onDone`),
      ...of(place, { invoked: "error" }, place.node.invoke?.onError, `${place.path}/invoke/onError`),
    ]),
  ];
}

/** Every action that a document names. */
export function actionsIn(document: WorkflowDocument): readonly Action[] {
  const places = placesOf(document);
  return [
    ...places.flatMap(({ node }) => [...(node.entry ?? []), ...(node.exit ?? [])]),
    ...movesOf(document, places).flatMap(({ transition }) => transition.actions ?? []),
  ];
}

/** `name` stands beside, `.name` below, `#id` anywhere; further names go down from there. */
export function targetOf(
  target: string | undefined,
  from: Place | undefined,
  places: readonly Place[],
): Place | undefined {
  if (target === undefined) return from;
  const [first = "", ...rest] = target.replace(/^[.#]/, "").split(".");
  const start = target.startsWith("#")
    ? places.find(({ node }) => node.meta.id === first)
    : places.find(({ key, parent }) => key === first && parent === (target.startsWith(".") ? from : from?.parent));
  return rest.reduce<Place | undefined>((at, key) => places.find((it) => it.parent === at && it.key === key), start);
}

/** The states around a state and itself, from the inside out. */
export function around(place: Place | undefined): readonly Place[] {
  return place ? [place, ...around(place.parent)] : [];
}
