import { accessOf } from "../../access.ts";
import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { celOf } from "../guards.ts";
import { around, type Move } from "../places.ts";
import { enteredBy, type Graph } from "./ways.ts";

/** The roles that may send an event to some record of the workflow. */
function sendersOf(graph: Graph, model: Model, event: string): readonly string[] {
  const { entity } = graph.document.meta;
  return [...model.roles.keys()].filter(
    (role) => (accessOf(model, [role]).entity(entity)?.event(event).kind ?? "none") !== "none",
  );
}

/** R9: events of people that no role may send: only administrators could. Where there are no roles, nothing is told. */
export function unsendable(graph: Graph, model: Model): readonly Fault[] {
  if (model.roles.size === 0) return [];
  const sent = new Set(graph.moves.flatMap(({ event }) => event ?? []));
  return Object.entries(graph.document.meta.events).flatMap(([event, { source, title }]) =>
    source === "user" && sent.has(event) && sendersOf(graph, model, event).length === 0
      ? [fault("workflow.unsendable", { event: title, path: `/meta/events/${event}` })]
      : [],
  );
}

/**
 * R9: approvals that whoever asks for them could give: two events in a row that one role may send, the second under a
 * right of its own, and no guard that looks at who sends it.
 */
export function ownApprovals(graph: Graph, model: Model): readonly Fault[] {
  const { events } = graph.document.meta;
  const asked = (move: Move) => move.event !== undefined && events[move.event]?.source === "user";
  const decided = graph.moves.filter((it) => asked(it) && events[it.event!]?.right !== undefined);
  return decided.flatMap((second) => {
    if (/\buser\b/.test(celOf(second.transition.guard) ?? "") || second.transition.guard?.type === "can") return [];
    const requests = graph.moves.filter(
      (first) =>
        asked(first) &&
        first.event !== second.event &&
        first.target !== undefined &&
        first.from !== second.from &&
        around(first.target).concat(enteredBy(graph, first.target)).includes(second.from!),
    );
    const roles = sendersOf(graph, model, second.event!);
    const both = requests.flatMap((first) =>
      roles.filter((role) => sendersOf(graph, model, first.event!).includes(role)),
    );
    const [role] = both;
    const title = events[second.event!]?.title ?? second.event!;
    return role === undefined
      ? []
      : [
          fault("workflow.own_approval", {
            role: model.roles.get(role)?.title ?? role,
            event: title,
            path: second.path,
          }),
        ];
  });
}
