import {
  againFrom,
  beginsByHand,
  machineOf,
  problem,
  workflowsOf,
  type Entity,
  type Machine,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { beginAll, hasBegun } from "./heed.ts";
import type { Scene } from "./operation.ts";
import { lockRunsOf, type RunOfRecord } from "./run.ts";
import { lockSeen } from "./step.ts";
import { entityOf } from "./rows.ts";

/** A process or journey that a person may begin on a record, or why not now. */
export interface Beginnable {
  readonly workflow: string;
  readonly title: string;
  readonly kind: "process" | "journey";
  readonly allowed: boolean;
  readonly why: string | null;
}

/**
 * What the caller may begin on a record: processes and journeys of its entity that are begun by hand, where she may
 * change the record; nothing where she may not.
 */
export async function beginnableOn(
  tx: Connection,
  scene: Scene,
  name: string,
  id: string,
): Promise<readonly Beginnable[]> {
  const access = scene.access?.entity(name);
  if (scene.access && !access) throw problem("entity.unknown", { entity: name });
  const entity = entityOf(scene, name);
  const found = await lockSeen(tx, scene, entity, access, id, { update: access?.rule("update") });
  if (found._asked_update === false) return [];
  const machines = workflowsOf(scene.model, entity).flatMap((document) =>
    beginsByHand(scene.model, document) ? (machineOf(scene.model, document.id) ?? []) : [],
  );
  if (machines.length === 0) return [];
  const runs = await lockRunsOf(
    tx,
    scene,
    [id],
    machines.map((it) => it.id),
  );
  return machines.map((machine) => {
    const { title, kind } = machine.document.meta;
    const own = runs.filter(({ workflow }) => workflow === machine.id);
    const refused = refusedBy(scene, machine, own);
    const why = refused?.faults[0].detail ?? null;
    return { workflow: machine.id, title, kind: kind as Beginnable["kind"], allowed: !refused, why };
  });
}

/** Why a record may not begin a workflow now: it is in it, or has been through and may not again, or not yet. */
export function refusedBy({ now }: Scene, { document }: Machine, runs: readonly RunOfRecord[]) {
  const workflow = document.meta.title;
  const earlier = runs.filter(hasBegun);
  if (earlier.some(({ status }) => status === "active")) return problem("run.running", { workflow });
  const again = againFrom(document, earlier, now);
  return again && problem("run.again", { workflow, from: again.from });
}

/** A workflow that somebody wants to begin on records of an entity. */
export function beginnable(scene: Scene, entity: Entity, workflow: string): Machine {
  const machine = machineOf(scene.model, workflow);
  if (!machine || machine.document.meta.kind === "pipeline" || machine.entity.name !== entity.name)
    throw problem("workflow.unknown", { name: workflow.slice(0, 80), path: "/workflow" });
  return machine;
}

/** Records on which a workflow is to begin, sorted into those that may and those that may not. */
export interface SortedBeginnings {
  readonly machine: Machine;
  readonly may: readonly Values[];
  readonly refused: ReadonlyMap<string, ReturnType<typeof problem>>;
}

/** Which of these records, all locked, may begin a workflow now. */
export async function sortBeginnings(
  tx: Connection,
  scene: Scene,
  name: string,
  { workflow, records }: { readonly workflow: string; readonly records: readonly Values[] },
): Promise<SortedBeginnings> {
  const machine = beginnable(scene, entityOf(scene, name), workflow);
  const ids = records.map(({ id }) => String(id));
  const runs = Map.groupBy(await lockRunsOf(tx, scene, ids, [machine.id]), ({ record }) => record);
  const refused = new Map<string, ReturnType<typeof problem>>();
  const may = records.filter(({ id }) => {
    const why = refusedBy(scene, machine, runs.get(String(id)) ?? []);
    if (why) refused.set(String(id), why);
    return !why;
  });
  return { machine, may, refused };
}

/** Begins a workflow on many records, as one step for all of them. */
export async function beginMany(tx: Connection, scene: Scene, { machine, may }: SortedBeginnings): Promise<void> {
  await flush(tx, scene);
  await beginAll(tx, scene, machine, may);
}
