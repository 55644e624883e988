import { sharableWith, type EntityAccess, type RowRule } from "./access.ts";
import { readsIn, type Read } from "./expression/reads.ts";
import type { Path } from "./expression/tree.ts";
import type { Entity, Model } from "./model.ts";
import { sharingOf, type Sharing } from "./sharing.ts";

const known = new WeakMap<EntityAccess, readonly Read[]>();

/** What of other records decides whether a record is seen: a change of theirs may show it, or hide it. */
export function sightReads(model: Model, rights: EntityAccess, roles: readonly string[]): readonly Read[] {
  const reading = { model, roles };
  const found = known.get(rights) ?? readsOf(reading, rights.entity, rights.rule("read")).filter(isOfOthers);
  known.set(rights, found);
  return found;
}

const isOfOthers = ({ chain }: Read) => chain.length > 0;

interface Reading {
  readonly model: Model;
  readonly roles: readonly string[];
}

function readsOf(reading: Reading, entity: Entity, rule: RowRule): readonly Read[] {
  const { model } = reading;
  if (rule.kind !== "any") return [];
  const sharing = rule.scopes.includes("shared") ? sharingOf(model, entity) : undefined;
  return [
    ...rule.conditions.flatMap((it) => readsIn(model, entity, it)),
    ...rule.overlaps.flatMap((parts) => parts.flatMap((it) => readsOf(reading, entity, it))),
    ...(sharing ? readsAlong(reading, sharing, []) : []),
  ];
}

/** Along which references something is shared, and what limits that. */
function readsAlong(reading: Reading, { entity, along, oneByOne }: Sharing, chain: Path): readonly Read[] {
  const { model, roles } = reading;
  const limits = oneByOne ? readsOf(reading, entity, sharableWith(model, entity, roles)) : [];
  return [
    ...limits.map((it) => ({ ...it, chain: [...chain, ...it.chain] })),
    ...along.flatMap(({ reference, sharing }) => [
      { entity: entity.name, field: reference.name, chain },
      ...readsAlong(reading, sharing, [...chain, { name: reference.name, field: reference, to: sharing.entity.name }]),
    ]),
  ];
}
