import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { resolveAction } from "../params.ts";
import type { Move, Place } from "../places.ts";
import { roundsBy } from "./rounds.ts";
import {
  actionsOn,
  areParted,
  begunWith,
  enteredOn,
  placed,
  standingAfter,
  type Graph,
  type PlacedAction,
} from "./ways.ts";

/**
 * R13: what is sent outside on a round goes out again each time; its key names the step, not what it is about. What only
 * reads may do so.
 */
export function repeatedEffects(graph: Graph, model: Model): readonly Fault[] {
  const roundOf = roundsBy(
    graph,
    () => true,
    (move) => move.transition.target !== undefined,
  );
  const again = graph.moves.filter((it) => roundOf(it));
  // What is entered again and again is left as often.
  const entered = new Set(again.flatMap((it) => enteredOn(graph, it)));
  const acts = [
    ...again.flatMap(({ transition, path }) => placed(transition.actions, `${path}/actions`)),
    ...[...entered].flatMap(({ node, path }) => [
      ...placed(node.entry, `${path}/entry`),
      ...placed(node.exit, `${path}/exit`),
    ]),
  ];
  return acts
    .filter(({ action }) => {
      const { type, params } = resolveAction(model, action) ?? {};
      return type?.mode === "outbox" && !type.reads?.(params);
    })
    .map(({ action, path }) => fault("workflow.repeated_effect", { action: action.type, path }));
}

/**
 * R13: what goes out by an effect of the class `unsafe` before the run may take back what it has done. Nobody may know
 * then whether it was done, and only what is known to be done is taken back.
 */
export function unsafeEffects(graph: Graph, model: Model): readonly Fault[] {
  const typeOf = ({ action }: PlacedAction) => resolveAction(model, action)?.type;
  const takesBack = new Set(
    graph.moves.filter((move) => actionsOn(graph, move).some((it) => typeOf(it)?.name === "compensate")),
  );
  if (takesBack.size === 0) return [];
  const following = new Map(graph.moves.map((move) => [move, followersOf(graph, move)]));
  const before = new Set<Move>();
  const leadsThere = (them: readonly Move[]) => them.some((it) => takesBack.has(it) || before.has(it));
  for (let size = -1; size !== before.size;) {
    size = before.size;
    for (const [move, them] of following) if (leadsThere(them)) before.add(move);
  }
  const begun = begunWith(graph);
  const first = leadsThere(graph.moves.filter(({ from }) => !from || begun.includes(from))) ? begun : [];
  const acts = [
    ...first.flatMap(({ node, path }) => placed(node.entry, `${path}/entry`)),
    ...[...before].flatMap((move) => actionsOn(graph, move)),
  ];
  const unsafe = acts.filter(({ action }) => {
    const { type, params } = resolveAction(model, action) ?? {};
    return type?.repeats?.(params) === "unsafe";
  });
  return [...new Map(unsafe.map((it) => [it.path, it])).values()].map(({ action, path }) =>
    fault("workflow.unsafe_effect", { action: action.type, path }),
  );
}

/** The transitions that may come next: out of where one leads, out of regions beside, and those of the whole workflow. */
function followersOf(graph: Graph, move: Move): readonly Move[] {
  const standing = standingAfter(graph, move);
  const beside = (from: Place) => move.target !== undefined && areParted(graph, from, move.target);
  return graph.moves.filter(({ from }) => !from || standing.has(from) || beside(from));
}
