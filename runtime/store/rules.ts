import {
  brokenRules,
  dayIn,
  hasRules,
  rulePaths,
  type Entity,
  type Environment,
  type Fault,
  type PlannedWrite,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { related } from "./related.ts";
import { entityOf } from "./rows.ts";

/** Rules that records would break, each with the index of its write. */
export async function ruleFaults(
  tx: Connection,
  scene: Scene,
  placed: readonly { readonly at: number; readonly write: PlannedWrite }[],
): Promise<readonly (readonly [number, readonly Fault[]])[]> {
  const found: (readonly [number, readonly Fault[]])[] = [];
  for (const [name, them] of Map.groupBy(placed, ({ write }) => write.entity)) {
    const entity = entityOf(scene, name);
    if (!hasRules(scene.model, entity)) continue;
    const around = await environmentOf(
      tx,
      scene,
      entity,
      them.map(({ write }) => write.record),
    );
    for (const { at, write } of them) {
      const faults = brokenRules(scene.model, entity, { ...around, record: write.record }, write.path);
      if (faults.length > 0) found.push([at, faults]);
    }
  }
  return found;
}

/** What expressions over records see beside them: who writes, when, and the records that theirs lead to. */
export async function environmentOf(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  records: readonly Values[],
): Promise<Environment> {
  const { model, principal, now } = scene;
  const user = { id: principal.id || null, name: principal.name, roles: principal.roles };
  return {
    user,
    now: now.toISOString(),
    today: dayIn(model.workspace.time_zone, now),
    ...(await related(tx, scene, entity, records, rulePaths(model, entity))),
  };
}
