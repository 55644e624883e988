import { covers, type Access, type NamedScope, type RowRule } from "./access.ts";
import { below, type Node, type Step } from "./expression/tree.ts";
import type { Entity, Field, Model } from "./model.ts";
import { sharingOf, type Sharing } from "./sharing.ts";

/**
 * Whether a reader may be told which records a rule covers: whoever sees a record reads everything that the rule asks
 * of it, and of other records only what all of them show.
 */
export function isOpen(model: Model, access: Access, entity: Entity, rule: RowRule): boolean {
  if (rule.kind !== "any" || access.admin) return true;
  return (
    rule.scopes.every((scope) => isOpenScope(model, access, entity, scope)) &&
    rule.conditions.every(({ node }) => isOpenNode(access, entity, node)) &&
    rule.overlaps.every((parts) => parts.every((it) => isOpen(model, access, entity, it)))
  );
}

/** What somebody is to a record hangs on its owner; what is shared along with others, on the references that lead there. */
function isOpenScope(model: Model, access: Access, entity: Entity, scope: NamedScope): boolean {
  const owner = entity.name === "user" ? undefined : entity.fields.get("owner");
  if (scope !== "shared" && scope !== "shared_to_write") return !owner || isOpenField(access, owner, entity);
  const leadsOpenly = ({ entity: on, along }: Sharing): boolean =>
    along.every(
      (it) => isOpenField(access, it.reference, on === entity ? entity : undefined) && leadsOpenly(it.sharing),
    );
  const sharing = sharingOf(model, entity);
  return !sharing || leadsOpenly(sharing);
}

function isOpenNode(access: Access, entity: Entity, node: Node): boolean {
  const own =
    node.op !== "path" ||
    node.steps.every((step, at) => isOpenStep(access, step, node.root === "record" && at === 0 ? entity : undefined));
  return own && below(node).every((it) => isOpenNode(access, entity, it));
}

function isOpenStep(access: Access, { field, list }: Step, of: Entity | undefined): boolean {
  if (!list) return field !== undefined && isOpenField(access, field, of);
  const open = access.entity(list.entity)?.rule("read").kind === "all";
  return open && isOpenField(access, list.reference, undefined);
}

/** `of` is the entity of the record itself; a field of another record must be open on every one. */
function isOpenField(access: Access, field: Field, of: Entity | undefined): boolean {
  const rights = access.entity(field.entity);
  return rights !== undefined && covers(rights.readable(field), of ? rights.rule("read") : { kind: "all" });
}
