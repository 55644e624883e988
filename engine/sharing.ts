import type { Entity, Field, Model } from "./model.ts";

/** How records of an entity come to be shared: one by one, and along with the records that they are part of. */
export interface Sharing {
  readonly oneByOne: boolean;
  readonly along: readonly { readonly reference: Field; readonly sharing: Sharing }[];
  readonly entity: Entity;
}

const known = new WeakMap<Model, Map<string, Sharing | undefined>>();

/** How records of an entity can be shared; nothing where they cannot be at all, so that no statement asks for it. */
export function sharingOf(model: Model, entity: Entity): Sharing | undefined {
  const ofModel = known.get(model) ?? new Map<string, Sharing | undefined>();
  known.set(model, ofModel);
  if (!ofModel.has(entity.name)) ofModel.set(entity.name, readSharing(model, entity, []));
  return ofModel.get(entity.name);
}

/** The entity that a record belongs to as a part of it, where the reference says so. */
export function ownerOfPart(model: Model, reference: Field): Entity | undefined {
  const [target, ...more] = reference.targets;
  const owned = reference.property.owned === true && target !== undefined && more.length === 0;
  return owned ? model.entities.get(target) : undefined;
}

/** Whether records of an entity are part of those of another, over however many steps, or are of that one. */
export function isPartOf(
  model: Model,
  entity: Entity,
  other: string,
  passed: ReadonlySet<Entity> = new Set(),
): boolean {
  if (entity.name === other) return true;
  if (passed.has(entity)) return false;
  const parents = [...entity.fields.values()].flatMap((it) => ownerOfPart(model, it) ?? []);
  return parents.some((parent) => isPartOf(model, parent, other, new Set([...passed, entity])));
}

function readSharing(model: Model, entity: Entity, above: readonly Entity[]): Sharing | undefined {
  const oneByOne = entity.document.sharing === true;
  const along = [...entity.fields.values()].flatMap((reference) => {
    const parent = ownerOfPart(model, reference);
    const sharing =
      parent && parent !== entity && !above.includes(parent) && readSharing(model, parent, [...above, entity]);
    return sharing ? [{ reference, sharing }] : [];
  });
  return oneByOne || along.length > 0 ? { entity, oneByOne, along } : undefined;
}
