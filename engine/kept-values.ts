import type { Entity, Field, Model } from "./model.ts";
import type { Values } from "./values.ts";

/**
 * Values as they are kept for good, in the history of records: a field by `#<its anchor>` and an entity by its anchor, so
 * that what was written before a rename is read under the present names. The engine's own fields have one name for ever.
 */
export function toKept(model: Model, entity: Entity, values: Values | null): Values | null {
  if (values === null) return null;
  const keys = keysOf(entity);
  const told: Record<string, unknown> = {};
  for (const name of Object.keys(values)) {
    const own = keys.get(name);
    const value = values[name];
    if (!own) told[name] = value;
    else told[own.key] = pointing(own.field, value, (it) => model.entities.get(it)?.anchor);
  }
  return told;
}

const kept = new WeakMap<Entity, ReadonlyMap<string, Field>>();
const keys = new WeakMap<Entity, ReadonlyMap<string, { readonly field: Field; readonly key: string }>>();

/** The fields that are kept by their anchors, by their present names. */
function keysOf(entity: Entity) {
  const known = keys.get(entity);
  if (known) return known;
  const own = [...entity.fields.values()].filter(({ system }) => !system);
  const made = new Map(own.map((field) => [field.name, { field, key: `#${field.anchor}` }]));
  keys.set(entity, made);
  return made;
}

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
