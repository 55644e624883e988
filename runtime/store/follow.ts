import { goesBy, readTimerName, waits, type Machine, type PlannedWrite, type RunScene } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { machinesOn } from "./noted.ts";
import type { Scene } from "./operation.ts";
import { lockRunsOf, snapshotOf, surroundings } from "./run.ts";
import { armed, withdrawn, type Armed } from "./timers.ts";

/**
 * Waits that hang on a field follow it: when the field changes, so does the moment. What has rung already rings again
 * only for a moment that is still to come.
 */
export async function followedTimers(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const [name, them] of Map.groupBy(writes, ({ entity }) => entity)) {
    for (const machine of waitingOn(scene, name)) {
      const touched = them.filter((write) => followed(machine, write).size > 0);
      if (touched.length > 0) parts.push(...(await partsFor(tx, scene, machine, touched)));
    }
  }
  return parts;
}

/** The workflows of an entity in which something waits for a field. */
function waitingOn({ model }: Scene, entity: string): readonly Machine[] {
  const found = model.entities.get(entity);
  const waits = ({ document: { meta } }: Machine) =>
    Object.values(meta.delays ?? {}).some(({ until }) => until !== undefined);
  return found ? machinesOn(model, found).filter(waits) : [];
}

/** The delays that hang on a field that a write changes. */
function followed({ document }: Machine, { act, changed }: PlannedWrite): ReadonlySet<string> {
  if (act === "create") return new Set();
  const names = new Set(changed.map(({ name }) => name));
  const delays = Object.entries(document.meta.delays ?? {});
  return new Set(delays.flatMap(([name, { until }]) => (until !== undefined && names.has(until) ? [name] : [])));
}

async function partsFor(tx: Connection, scene: Scene, machine: Machine, writes: readonly PlannedWrite[]) {
  const ids = [...new Set(writes.map(({ id }) => id))];
  const live = (await lockRunsOf(tx, scene, ids, [machine.id])).filter(
    (run) => run.status === "active" && goesBy(scene.model, run, machine),
  );
  const runs = Map.groupBy(live, ({ record }) => record);
  const around = await surroundings(
    tx,
    scene,
    machine,
    writes.map(({ record }) => record),
  );
  const set: Armed[] = [];
  const ended: { run: string; name: string }[] = [];
  for (const write of writes) {
    const delays = followed(machine, write);
    for (const run of runs.get(write.id) ?? []) {
      const standing = run.timers.map(({ name }) => name).filter((name) => delays.has(readTimerName(name).delay));
      const runScene: RunScene = { ...around, record: write.record };
      const next = waits(machine, snapshotOf(run), runScene).filter(({ name }) =>
        delays.has(readTimerName(name).delay),
      );
      const coming = next.filter(({ name, due }) => standing.includes(name) || due > around.now);
      set.push(...coming.map((timer) => ({ run: run.id, revision: run.revision, ...timer })));
      const gone = standing.filter((name) => !next.some((timer) => timer.name === name));
      ended.push(...gone.map((name) => ({ run: run.id, name })));
    }
  }
  return [...withdrawn(scene.workspace.schema, ended), ...armed(scene.workspace.schema, set, scene.now)];
}
