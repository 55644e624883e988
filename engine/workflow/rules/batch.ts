import type { Action } from "schemas";
import type { Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { resolveAction } from "../params.ts";
import type { Graph } from "./ways.ts";

/**
 * R16: the parts of a journey for which its runs are moved one by one: what invokes others, is counted by a clock, hangs on
 * a sender's right, asks the database or hands on what happened is worked out run by run; all else is foreseen for many
 * runs at once (`foresee`).
 */
export function oneByOne(graph: Graph, model: Model): readonly Fault[] {
  const { document, places, moves } = graph;
  if (document.meta.kind !== "journey") return [];
  const told = (what: string, path: string) => fault("workflow.one_by_one", { what, path });
  const { quiet_hours, caps } = document.meta;
  return [
    ...(quiet_hours ? [told("quiet hours", "/meta/quiet_hours")] : []),
    ...(caps ? [told("a cap", "/meta/caps")] : []),
    ...places.flatMap(({ node, path }) => [
      ...(node.invoke ? [told("what it has others do", `${path}/invoke`)] : []),
      ...(node.meta.clock ? [told("a clock", `${path}/meta/clock`)] : []),
      ...[...(node.entry ?? []).entries()].flatMap(([at, action]) =>
        hindrancesOf(model, action).map((what) => told(what, `${path}/entry/${at}`)),
      ),
      ...[...(node.exit ?? []).entries()].flatMap(([at, action]) =>
        hindrancesOf(model, action).map((what) => told(what, `${path}/exit/${at}`)),
      ),
    ]),
    ...moves.flatMap(({ transition: { guard, actions = [] }, path }) => [
      ...(guard?.type === "can" ? [told("a right", `${path}/guard`)] : []),
      ...actions.flatMap((action, at) =>
        hindrancesOf(model, action).map((what) => told(what, `${path}/actions/${at}`)),
      ),
    ]),
  ];
}

function hindrancesOf(model: Model, action: Action): readonly string[] {
  const resolved = resolveAction(model, action);
  if (resolved?.type.asks) return ["what it asks the database"];
  const { event, data } = resolved?.params ?? {};
  return resolved?.type.name === "raise" && (typeof event !== "string" || data !== undefined)
    ? ["what it hands on with an event"]
    : [];
}
