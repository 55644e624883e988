import type { WorkflowDocument } from "schemas";
import type { Entity, Model } from "../model.ts";

const known = new WeakMap<Model, ReadonlyMap<string, readonly WorkflowDocument[]>>();

/**
 * The workflows that an entity's records go through: first those that own fields of theirs, then its processes and
 * journeys. Found
 * once for each model.
 */
export function workflowsOf(model: Model, { name }: Entity): readonly WorkflowDocument[] {
  const all = known.get(model) ?? byEntity(model);
  known.set(model, all);
  return all.get(name) ?? [];
}

function byEntity({ entities, workflows }: Model): ReadonlyMap<string, readonly WorkflowDocument[]> {
  const others = Map.groupBy(
    [...workflows.values()].filter(({ meta }) => meta.kind !== "pipeline"),
    ({ meta }) => meta.entity,
  );
  return new Map(
    [...entities.values()].map(({ name, stateFields }) => {
      const own = stateFields.flatMap(({ property }) => workflows.get(String(property.workflow)) ?? []);
      return [name, [...new Set([...own, ...(others.get(name) ?? [])])]];
    }),
  );
}
