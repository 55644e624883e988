import type { Action } from "schemas";
import type { Checked } from "../../expression/check.ts";
import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { resolveAction } from "../params.ts";
import type { Move } from "../places.ts";
import { celOf } from "../guards.ts";
import { casesOf, type Domains } from "./domain.ts";
import { actionsOn, branches, standingAfter, type Graph } from "./ways.ts";

/** What may follow a transition without anything from outside, by `goesOn`: the rest are not gone over. */
export function roundsBy(graph: Graph, goesOn: (before: Move, next: Move) => boolean, begins: (move: Move) => boolean) {
  const after = (move: Move): readonly Move[] => {
    const standing = standingAfter(graph, move);
    return graph.moves.filter((next) => (!next.from || standing.has(next.from)) && goesOn(move, next));
  };
  return (move: Move): readonly Move[] | undefined => {
    if (!begins(move)) return undefined;
    const before = new Map<Move, Move | undefined>(after(move).map((it) => [it, undefined]));
    for (const at of before.keys()) {
      if (at === move) break;
      for (const next of after(at)) if (!before.has(next)) before.set(next, at);
    }
    if (!before.has(move)) return undefined;
    const round: Move[] = [];
    for (let at: Move | undefined = move; at; at = before.get(at)) round.unshift(at);
    return round;
  };
}

const raisedBy = (graph: Graph, model: Model, move: Move): readonly unknown[] =>
  actionsOn(graph, move).flatMap(({ action }) => {
    const resolved = resolveAction(model, action);
    return resolved?.type.name === "raise" ? [resolved.params.event] : [];
  });

const byItself = ({ event, delay, done, invoked }: Move): boolean =>
  event === undefined && delay === undefined && !done && !invoked;

/**
 * R6: circles of transitions that need nothing from outside (taken by themselves, or by an event that the one before
 * raises), whose guards can hold together and in which nothing is written: once in, the run goes round for ever.
 */
export function circleFaults(graph: Graph, model: Model, domains: Domains): readonly Fault[] {
  const goesOn = (before: Move, next: Move) =>
    byItself(next) || (next.event !== undefined && raisedBy(graph, model, before).includes(next.event));
  const roundOf = roundsBy(graph, goesOn, (move) => move.delay === undefined && !move.done && !move.invoked);
  const told = new Set<string>();
  return graph.moves.flatMap((move) => {
    const round = roundOf(move);
    if (!round) return [];
    const name = round
      .map(({ path }) => path)
      .sort()
      .join();
    if (told.has(name) || changes(graph, model, round)) return [];
    const cases = casesOf(
      round.map(({ transition }) => transition.guard),
      domains,
    );
    if (cases && !cases.cases.some(({ holds }) => holds.every(Boolean))) return [];
    told.add(name);
    const guarded = round.some(
      ({ transition }) => transition.guard && !/^\s*true\s*$/.test(celOf(transition.guard) ?? ""),
    );
    const plain = round.every(byItself) && !guarded;
    const states = round.map(({ target }) => target?.node.meta.title ?? "").join(", ");
    return plain ? [] : [fault("workflow.circle", { states, path: move.path })];
  });
}

/** Whether anything that a guard reads may change on a round. */
function changes(graph: Graph, model: Model, round: readonly Move[]): boolean {
  return round.some((move) =>
    actionsOn(graph, move).some(({ action }) => {
      const params = resolveAction(model, action)?.params ?? {};
      return params.set !== undefined || params.values !== undefined;
    }),
  );
}

/** The kinds of actions that somebody outside or another person learns of. */
const tells = (model: Model, action: Action): boolean => {
  const type = resolveAction(model, action)?.type;
  return type?.name === "notify" || type?.mode === "outbox";
};

/** R7: rounds of waits alone in which somebody is told something each time, and which nothing ends. */
export function remails(graph: Graph, model: Model): readonly Fault[] {
  const alone = (move: Move) => move.event === undefined && !move.invoked && move.transition.target !== undefined;
  const roundOf = roundsBy(
    graph,
    (_, next) => alone(next),
    (move) => alone(move) && move.delay !== undefined,
  );
  return graph.moves.flatMap((move) => {
    const round = roundOf(move);
    const unbounded = round?.every(({ transition }) => !transition.guard);
    if (!round || !unbounded || !round.some((it) => actionsOn(graph, it).some(({ action }) => tells(model, action))))
      return [];
    return [fault("workflow.remail", { state: move.from?.node.meta.title ?? "", path: move.path })];
  });
}

/** R10: two causes from outside or of time that a state waits for at once, of which the first decides alone. */
export function races(graph: Graph): readonly Fault[] {
  const { delays = {}, events } = graph.document.meta;
  const outside = ({ event }: Move) =>
    event !== undefined && ["record", "integration"].includes(events[event]?.source ?? "");
  const span = ({ delay }: Move) => (delay === undefined ? undefined : delays[delay]?.duration);
  return graph.places.flatMap((place) => {
    const own = branches(graph).flatMap(([first]) =>
      first && first.from === place && first.transition.target !== undefined && (outside(first) || first.delay)
        ? [first]
        : [],
    );
    const pairs = own.flatMap((one, at) => own.slice(at + 1).map((other) => [one, other] as const));
    const open = pairs.find(([one, other]) => {
      if (one.target === other.target) return false;
      const [first, second] = [span(one), span(other)];
      return first === undefined || second === undefined || first === second;
    });
    if (!open) return [];
    const [one, other] = open.map(({ event, delay }) => event ?? delay ?? "");
    return [fault("workflow.race", { one: one!, other: other!, state: place.node.meta.title, path: open[1].path })];
  });
}

/** R8: what is read of a run's context that the workflow does not begin with. */
export function contextFaults(graph: Graph, domains: Domains): readonly Fault[] {
  const known = new Set(Object.keys(graph.document.context ?? {}));
  return graph.moves.flatMap(({ transition: { guard }, path }) => {
    const checked = domains.expression(celOf(guard) ?? "");
    const missing = checked ? [...new Set(contextNames(checked))].filter((name) => !known.has(name)) : [];
    return missing.map((name) => fault("workflow.context", { name, path: `${path}/guard/params/cel` }));
  });
}

function contextNames({ text }: Checked): readonly string[] {
  return [...text.matchAll(/\bcontext\.([a-z][a-z0-9_]*)/g)].map(([, name]) => name!);
}
