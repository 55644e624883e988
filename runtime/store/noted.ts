import {
  dateReached,
  listens,
  machinesFor,
  workflowsOf,
  type Entity,
  type Machine,
  type Model,
  type PlannedWrite,
  type Values,
} from "engine";
import { entityOf } from "./rows.ts";
import type { Scene } from "./operation.ts";

/** A record that an operation has changed: as it was before all of it, nothing where it is new, and as it is. */
export interface NotedChange {
  readonly entity: string;
  readonly id: string;
  readonly was: Values | undefined;
  readonly is: Values;
  /** The place of what changed it last, in what the caller sent. */
  readonly path?: string | undefined;
}

/** A process that is to begin on a record, because a step of another has asked for it. */
export interface Beginning {
  /** The name of the workflow. */
  readonly begins: string;
  readonly entity: string;
  readonly id: string;
  readonly values: Values;
}

const listeners = new WeakMap<Model, Map<string, readonly Machine[]>>();

/** The machines by which runs on an entity's records go: of its workflows as they are published, and of earlier versions. */
export const machinesOn = (model: Model, entity: Entity): readonly Machine[] =>
  workflowsOf(model, entity).flatMap(({ id }) => machinesFor(model, id));

/** The workflows that listen to changes of an entity's records; found once for each model. */
export function listenersOf({ model }: Pick<Scene, "model">, entity: Entity) {
  const known = listeners.get(model) ?? new Map<string, readonly Machine[]>();
  listeners.set(model, known);
  const found = known.get(entity.name) ?? machinesOn(model, entity).filter(({ document }) => listens(document));
  known.set(entity.name, found);
  return found;
}

/** A workflow that hears of a fact about its records; `byKey`: those of its runs that wait for it by a key. */
export interface Hearer {
  readonly machine: Machine;
  readonly byKey: boolean;
}

const hearers = new WeakMap<Model, Map<string, readonly Hearer[]>>();

/** The workflows of an entity's records that hear of a type of facts, as of an event of integrations; found once. */
export function hearersOf({ model }: Pick<Scene, "model">, entity: Entity, type: string): readonly Hearer[] {
  const known = hearers.get(model) ?? new Map<string, readonly Hearer[]>();
  hearers.set(model, known);
  const key = `${entity.name} ${type}`;
  const found =
    known.get(key) ??
    machinesOn(model, entity).flatMap((machine) => {
      const { document, earlier } = machine;
      const declared = Object.hasOwn(document.meta.events, type) ? document.meta.events[type] : undefined;
      const bySegment = type === "segment.entered" && document.meta.enrol?.on === "segment";
      const byDate = type === dateReached && document.meta.enrol?.on === "date";
      const hears = declared?.source === "integration" || ((bySegment || byDate) && !declared && !earlier);
      return hears ? [{ machine, byKey: declared?.correlation !== undefined }] : [];
    });
  known.set(key, found);
  return found;
}

/** Notes writes of records that workflows listen to; several writes to one record are one change. */
export function noteChanges(scene: Scene, writes: readonly PlannedWrite[], last: ReadonlyMap<string, Values>): void {
  for (const { entity, id, act, before, record, path } of writes) {
    if (listenersOf(scene, entityOf(scene, entity)).length === 0) continue;
    const key = `${entity} ${id}`;
    const known = scene.changes.get(key);
    const is = last.get(id) ?? record;
    if (act === "trash") scene.changes.delete(key);
    else
      scene.changes.set(key, { entity, id, was: known ? known.was : act === "create" ? undefined : before, is, path });
  }
}
