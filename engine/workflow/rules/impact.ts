import type { WorkflowDocument } from "schemas";
import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { resolveAction } from "../params.ts";
import { movesOf, placesOf, type Move } from "../places.ts";
import { begunWith, enteredBy, type Graph } from "./ways.ts";

/** What one workflow does to others: by a record that it makes, or by what it writes. */
interface Touch {
  readonly to: string;
  readonly path: string;
  /** It happens without anybody's doing, as soon as a run begins. */
  readonly atOnce: boolean;
}

/** R14: workflows that begin each other: one makes a record whose own workflow makes one of the first kind. */
export function crossLoops(graph: Graph, model: Model): readonly Fault[] {
  const all = new Map([...model.workflows, [graph.document.id, graph.document] as const]);
  const touches = new Map([...all].map(([id, document]) => [id, touchesOf(document, all, model)]));
  return (touches.get(graph.document.id) ?? []).flatMap((touch) => {
    const way = wayBack(touch.to, graph.document.id, touches);
    if (!way) return [];
    const names = [graph.document.id, ...way].map((id) => all.get(id)?.meta.title ?? id);
    const alone = touch.atOnce && way.slice(0, -1).every((id) => touches.get(id)?.some(({ atOnce }) => atOnce));
    const told = { workflows: names.join(" → "), path: touch.path };
    return [alone ? fault("workflow.cross_loop", told) : fault("workflow.cross_round", told)];
  });
}

/** The workflows over which one comes back to another, the last one it; nothing where there is no way. */
function wayBack(
  from: string,
  goal: string,
  touches: ReadonlyMap<string, readonly Touch[]>,
): readonly string[] | undefined {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  for (const at of before.keys()) {
    if (at === goal) break;
    for (const { to } of touches.get(at) ?? []) if (!before.has(to)) before.set(to, at);
  }
  if (!before.has(goal)) return undefined;
  const way: string[] = [];
  for (let at: string | undefined = goal; at !== undefined; at = before.get(at)) way.unshift(at);
  return way;
}

function touchesOf(
  document: WorkflowDocument,
  all: ReadonlyMap<string, WorkflowDocument>,
  model: Model,
): readonly Touch[] {
  const places = placesOf(document);
  const moves = movesOf(document, places);
  const first = new Set(atOnce({ document, places, moves }).flatMap(({ path }) => path));
  const listed = [
    ...places.flatMap(({ node, path }) =>
      (node.entry ?? []).map((action, at) => ({ action, path: `${path}/entry/${at}`, on: path })),
    ),
    ...places.flatMap(({ node, path }) =>
      (node.exit ?? []).map((action, at) => ({ action, path: `${path}/exit/${at}`, on: "" })),
    ),
    ...moves.flatMap(({ transition, path }) =>
      (transition.actions ?? []).map((action, at) => ({ action, path: `${path}/actions/${at}`, on: path })),
    ),
  ];
  return listed.flatMap(({ action, path, on }) => {
    const made = madeBy(resolveAction(model, action));
    return [...all.values()].flatMap((it): readonly Touch[] =>
      made !== undefined && it.meta.entity === made && it.meta.kind === "pipeline"
        ? [{ to: it.id, path, atOnce: first.has(on) }]
        : [],
    );
  });
}

/** The entity of the records that an action makes, each by itself or one for each of a list. */
function madeBy(resolved: ReturnType<typeof resolveAction>): unknown {
  if (resolved?.type.right === "create") return resolved.params.entity;
  return (resolved?.params.create as { readonly entity?: unknown } | undefined)?.entity;
}

/** The states and transitions through which a run goes as soon as it begins. */
function atOnce(graph: Graph): readonly { readonly path: string }[] {
  const places = new Set(begunWith(graph));
  const taken = new Set<Move>();
  for (let before = -1; before !== taken.size;) {
    before = taken.size;
    for (const move of graph.moves) {
      const alone = move.event === undefined && move.delay === undefined && !move.done && !move.invoked;
      if (!alone || move.transition.guard || !move.from || !move.target || !places.has(move.from)) continue;
      taken.add(move);
      for (const place of enteredBy(graph, move.target)) places.add(place);
    }
  }
  return [...places, ...taken];
}
