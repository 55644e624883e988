import type { Entity, Field, Model } from "./model.ts";
import type { Values } from "./values.ts";

/**
 * Values as they are kept for good, in the history of records: a field by `#<its anchor>` and an entity by its anchor, so
 * that what was written before a rename is read under the present names. The engine's own fields have one name for ever.
 */
export function toKept(model: Model, entity: Entity, values: Values | null): Values | null {
  if (values === null) return null;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const field = entity.fields.get(name);
      if (!field || field.system) return [name, value];
      return [`#${field.anchor}`, pointing(field, value, (it) => model.entities.get(it)?.anchor)];
    }),
  );
}

const kept = new WeakMap<Entity, ReadonlyMap<string, Field>>();

/** Kept values under the present names. What is no field any more stays under its key. */
export function fromKept(model: Model, entity: Entity, values: Values | null): Values | null {
  if (values === null) return null;
  const fields = kept.get(entity) ?? new Map([...entity.fields.values()].map((field) => [`#${field.anchor}`, field]));
  kept.set(entity, fields);
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const field = fields.get(key);
      return field ? [field.name, pointing(field, value, (it) => keptEntity(model, it)?.name)] : [key, value];
    }),
  );
}

/** The entity that a row of history was written for; rows of long ago tell its name. */
export function keptEntity(model: Model, key: string): Entity | undefined {
  return [...model.entities.values()].find(({ anchor }) => anchor === key) ?? model.entities.get(key);
}

/** A pointer at one of several entities names the entity. */
function pointing(field: Field, value: unknown, nameOf: (entity: string) => string | undefined): unknown {
  if (field.targets.length < 2 || typeof value !== "object" || value === null || !("entity" in value)) return value;
  return { ...value, entity: nameOf(String(value.entity)) ?? value.entity };
}
