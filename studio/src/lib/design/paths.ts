import type { Model } from "engine";

/** A field, or a field of what a reference leads to, as people choose it. */
export interface PathChoice {
  readonly path: string;
  readonly title: string;
}

/** What of an entity can stand in a list: its fields, and those one hop further. */
export function pathsOf(model: Model | undefined, entity: string, hops: boolean): readonly PathChoice[] {
  const here = model?.entities.get(entity);
  if (!here) return [];
  return [...here.fields.values()].flatMap((field) => {
    const own = { path: field.name, title: field.title };
    const target = hops && field.targets.length === 1 ? model?.entities.get(field.targets[0] ?? "") : undefined;
    const further = [...(target?.fields.values() ?? [])]
      .filter((it) => !it.system && it.targets.length === 0)
      .map((it) => ({ path: `${field.name}.${it.name}`, title: `${field.title} › ${it.title}` }));
    return [own, ...further];
  });
}

/** A list with one of its members some places up or down. */
export function moved<Item>(items: readonly Item[], at: number, by: number): readonly Item[] {
  const to = at + by;
  if (to < 0 || to >= items.length) return items;
  const next = [...items];
  const [taken] = next.splice(at, 1);
  next.splice(to, 0, taken as Item);
  return next;
}
