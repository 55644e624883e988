import type { EntityAccess, RowRule } from "./access.ts";
import { readsIn, type Read } from "./expression/reads.ts";
import type { Path } from "./expression/tree.ts";
import type { Entity, Model } from "./model.ts";
import { sharingOf, type Sharing } from "./sharing.ts";

const known = new WeakMap<EntityAccess, readonly Read[]>();

/** What of other records decides whether a record is seen: a change of theirs may show it, or hide it. */
export function sightReads(model: Model, rights: EntityAccess): readonly Read[] {
  const found = known.get(rights) ?? readsOf(model, rights.entity, rights.rule("read")).filter(isOfOthers);
  known.set(rights, found);
  return found;
}

const isOfOthers = ({ chain }: Read) => chain.length > 0;

function readsOf(model: Model, entity: Entity, rule: RowRule): readonly Read[] {
  if (rule.kind !== "any") return [];
  const sharing = rule.scopes.includes("shared") ? sharingOf(model, entity) : undefined;
  return [
    ...rule.conditions.flatMap((it) => readsIn(model, entity, it)),
    ...rule.overlaps.flatMap((parts) => parts.flatMap((it) => readsOf(model, entity, it))),
    ...(sharing ? readsAlong(sharing, []) : []),
  ];
}

/** Along which references something is shared. */
function readsAlong({ entity, along }: Sharing, chain: Path): readonly Read[] {
  return along.flatMap(({ reference, sharing }) => [
    { entity: entity.name, field: reference.name, chain },
    ...readsAlong(sharing, [...chain, { name: reference.name, field: reference, to: sharing.entity.name }]),
  ]);
}
