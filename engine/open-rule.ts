import { covers, type Access, type RowRule } from "./access.ts";
import { below, type Node, type Step } from "./expression/tree.ts";
import type { Entity } from "./model.ts";

/**
 * Whether a reader may be told which records a rule covers: whoever sees a record reads everything that the rule asks
 * of it, and of other records only what all of them show.
 */
export function isOpen(access: Access, entity: Entity, rule: RowRule): boolean {
  if (rule.kind !== "any" || access.admin) return true;
  return (
    rule.conditions.every(({ node }) => isOpenNode(access, entity, node)) &&
    rule.overlaps.every((parts) => parts.every((it) => isOpen(access, entity, it)))
  );
}

function isOpenNode(access: Access, entity: Entity, node: Node): boolean {
  const own =
    node.op !== "path" ||
    node.steps.every((step, at) => isOpenStep(access, step, node.root === "record" && at === 0 ? entity : undefined));
  return own && below(node).every((it) => isOpenNode(access, entity, it));
}

/** `of` is the entity of the record itself; a step from another record must be open on every one. */
function isOpenStep(access: Access, { field, list }: Step, of: Entity | undefined): boolean {
  const named = list?.reference ?? field;
  const rights = named && access.entity(named.entity);
  if (!rights) return false;
  const read = rights.rule("read");
  const seen = of && !list ? read : ({ kind: "all" } as const);
  return covers(rights.readable(named), seen) && (list === undefined || read.kind === "all");
}
