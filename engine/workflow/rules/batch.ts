import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { resolveAction } from "../params.ts";
import type { Graph } from "./ways.ts";

/**
 * R16: the parts of a journey for which its runs are moved one by one: what invokes others, stands in regions, hangs on a
 * sender's right or remembers where it was is worked out run by run; all else can be said for many runs at once.
 */
export function oneByOne(graph: Graph, model: Model): readonly Fault[] {
  const { document, places, moves } = graph;
  if (document.meta.kind !== "journey") return [];
  const told = (what: string, path: string) => fault("workflow.one_by_one", { what, path });
  const { quiet_hours, caps } = document.meta;
  return [
    ...(quiet_hours ? [told("quiet hours", "/meta/quiet_hours")] : []),
    ...(caps ? [told("a cap", "/meta/caps")] : []),
    ...(document.type === "parallel" ? [told("regions", "/type")] : []),
    ...places.flatMap(({ node, path }) => [
      ...(node.invoke ? [told("what it has others do", `${path}/invoke`)] : []),
      ...(node.type === "parallel" ? [told("regions", `${path}/type`)] : []),
      ...(node.type === "history" ? [told("a history state", path)] : []),
      ...(node.meta.clock ? [told("a clock", `${path}/meta/clock`)] : []),
    ]),
    ...moves.flatMap(({ transition: { guard, actions = [] }, path }) => [
      ...(guard?.type === "can" ? [told("a right", `${path}/guard`)] : []),
      ...actions.flatMap((action, at) =>
        resolveAction(model, action)?.type.name === "raise"
          ? [told("an event that it raises", `${path}/actions/${at}`)]
          : [],
      ),
    ]),
  ];
}
