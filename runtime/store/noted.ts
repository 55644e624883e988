import { listens, machineOf, workflowsOf, type Machine, type Model, type PlannedWrite, type Values } from "engine";
import { entityOf } from "./rows.ts";
import type { Scene } from "./operation.ts";

/** A record that an operation has changed: as it was before all of it, nothing where it is new, and as it is. */
export interface NotedChange {
  readonly entity: string;
  readonly id: string;
  readonly was: Values | undefined;
  readonly is: Values;
}

const listeners = new WeakMap<Model, Map<string, readonly Machine[]>>();

/** The workflows that listen to changes of an entity's records; found once for each model. */
export function listenersOf({ model }: Pick<Scene, "model">, entity: Parameters<typeof workflowsOf>[1]) {
  const known = listeners.get(model) ?? new Map<string, readonly Machine[]>();
  listeners.set(model, known);
  const found =
    known.get(entity.name) ??
    workflowsOf(model, entity).flatMap((document) => (listens(document) ? (machineOf(model, document.id) ?? []) : []));
  known.set(entity.name, found);
  return found;
}

/** Notes writes of records that workflows listen to; several writes to one record are one change. */
export function noteChanges(scene: Scene, writes: readonly PlannedWrite[], last: ReadonlyMap<string, Values>): void {
  for (const { entity, id, act, before, record } of writes) {
    if (listenersOf(scene, entityOf(scene, entity)).length === 0) continue;
    const key = `${entity} ${id}`;
    const known = scene.changes.get(key);
    const is = last.get(id) ?? record;
    if (act === "trash") scene.changes.delete(key);
    else scene.changes.set(key, { entity, id, was: known ? known.was : act === "create" ? undefined : before, is });
  }
}
