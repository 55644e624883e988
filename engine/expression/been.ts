import type { Model } from "../model.ts";
import { backMoves, stateOrder } from "../workflow/order.ts";
import type { Node, Place } from "./tree.ts";

/**
 * `has_been(stage, 'proposing')` and `has_gone_back(stage)`, of a field in which a workflow keeps where a record stands;
 * nothing where they are called otherwise. The state may be one that the workflow has no more.
 */
export function beenNode(
  model: Model,
  name: string,
  [field, state, ...rest]: readonly Node[],
  place: Place,
): Node | undefined {
  if (name !== "has_been" && name !== "has_gone_back") return undefined;
  const document = field?.type.kind === "state" ? model.workflows.get(field.type.workflow) : undefined;
  const own = field?.op === "path" && field.root === "record" && field.steps.length === 1;
  if (!document || !own || rest.length > 0) return undefined;
  const been = { op: "been", type: { kind: "boolean" }, args: [field], workflow: document.id, ...place } as const;
  if (name === "has_gone_back")
    return state === undefined ? { ...been, moves: backMoves(stateOrder(document)) } : undefined;
  const wanted = state?.op === "literal" && /^[A-Za-z]\w{0,59}$/.test(String(state.value));
  return wanted ? { ...been, state: String(state.value) } : undefined;
}
