import { isTask } from "../../invocations/index.ts";
import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { resolveAction } from "../params.ts";
import { actionsIn, around, type Move, type Place } from "../places.ts";
import { enteredBy, isEnd, isLeaf, reached, type Graph } from "./ways.ts";

/** The transitions by which a run leaves a state, those of the states around it among them. */
export const outOf = ({ moves }: Graph, place: Place): readonly Move[] =>
  moves.filter(
    ({ from, transition, target }) =>
      transition.target !== undefined && target !== place && (!from || around(place).includes(from)),
  );

/** R2: states from which no end can be reached, where the workflow has one: the run goes round among them for ever. */
export function traps(graph: Graph): readonly Fault[] {
  const main = graph.places.filter((it) => isLeaf(it) && !isBeside(graph, it));
  const ends = main.filter(isEnd);
  if (ends.length === 0) return [];
  const standing = reached(graph);
  const leads = new Set(ends);
  for (let before = -1; before !== leads.size;) {
    before = leads.size;
    for (const place of main)
      if (
        outOf(graph, place).some(
          ({ target }) =>
            target &&
            around(target)
              .concat(below(graph, target))
              .some((it) => leads.has(it)),
        )
      )
        leads.add(place);
  }
  return main.flatMap((place) =>
    !leads.has(place) && standing.has(place) && outOf(graph, place).length > 0
      ? [fault("workflow.trap", { state: place.node.meta.title, path: place.path })]
      : [],
  );
}

const below = ({ places }: Graph, place: Place): readonly Place[] => {
  const holder = place.node.type === "history" ? place.parent : place;
  return places.filter((it) => around(it.parent).some((outer) => outer === holder));
};

/** Whether a state lies in a region beside the main one. */
function isBeside({ document }: Graph, place: Place): boolean {
  return around(place).some(
    ({ node, parent }) => (parent ? parent.node.type : document.type) === "parallel" && node.meta.main !== true,
  );
}

/** The events that runs send: those that any action of any workflow raises, and goals that are reached. */
function sentByRuns({ document }: Graph, model: Model): ReadonlySet<string> {
  const others = [...model.workflows.values()].filter(({ id }) => id !== document.id);
  return new Set(
    [document, ...others].flatMap((it) =>
      actionsIn(it).flatMap((action) => {
        const event = resolveAction(model, action)?.params.event;
        return typeof event === "string" ? [event] : [];
      }),
    ),
  );
}

/** R3: states whose only ways out are by events that nobody sends. */
export function stuck(graph: Graph, model: Model): readonly Fault[] {
  const sent = sentByRuns(graph, model);
  const declared = graph.document.meta.events;
  const comes = ({ event }: Move) => event === undefined || declared[event]?.source !== "run" || sent.has(event);
  return graph.places.flatMap((place) => {
    const ways = isLeaf(place) && !isEnd(place) ? outOf(graph, place) : [];
    if (ways.length === 0 || ways.some(comes)) return [];
    const events = [...new Set(ways.map(({ event }) => `"${event}"`))].join(", ");
    return [fault("workflow.stuck", { state: place.node.meta.title, events, path: place.path })];
  });
}

/** R3: waits for a person that nothing ends when she does not come. */
export function endlessWaits(graph: Graph): readonly Fault[] {
  return graph.places.flatMap((place) => {
    const { invoke, meta } = place.node;
    if (!invoke || !isTask(invoke.src)) return [];
    const timed = outOf(graph, place).some(({ delay }) => delay !== undefined);
    return timed ? [] : [fault("workflow.endless_wait", { state: meta.title, path: `${place.path}/invoke` })];
  });
}

/**
 * R3: transitions that nobody is asked on the way of, into states that want a field filled, inner ones among them: a run
 * whose record leaves it empty stays where it is. What a guard looks at, or an action on the way fills, is seen to.
 */
export function unasked(graph: Graph, model: Model): readonly Fault[] {
  const { document, moves } = graph;
  const entity = model.entities.get(document.meta.entity);
  const byItself = ({ event, delay, invoked }: Move) =>
    delay !== undefined ||
    invoked ||
    ["record", "integration"].includes(document.meta.events[event ?? ""]?.source ?? "");
  return moves.filter(byItself).flatMap(({ transition, target, from, path }) => {
    if (!target || transition.target === undefined) return [];
    const standing = new Set(transition.reenter ? around(from?.parent) : around(from));
    const entered = enteredBy(graph, target).filter((it) => !standing.has(it));
    const actions = [...(transition.actions ?? []), ...entered.flatMap(({ node }) => node.entry ?? [])];
    const seen = JSON.stringify([transition.guard?.params, actions.map((it) => resolveAction(model, it)?.params)]);
    const open = entered.flatMap(({ node: { meta } }) =>
      (meta.requires ?? []).flatMap((name) => {
        const field = entity?.fields.get(name);
        return !field || field.required || new RegExp(`\\b${name}\\b`).test(seen)
          ? []
          : [{ state: meta.title, field: field.title }];
      }),
    );
    return open.map((it) => fault("workflow.unasked", { ...it, path: `${path}/target` }));
  });
}
