import { machineOf, readTimerName, waits, type Machine, type PlannedWrite, type RunScene } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { readRuns, snapshotOf, surroundings } from "./run.ts";
import { armed, withdrawn } from "./timers.ts";

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
    const machine = ownMachine(scene, name);
    const touched = machine ? them.filter((write) => followed(machine, write).size > 0) : [];
    if (machine && touched.length > 0) parts.push(...(await partsFor(tx, scene, machine, touched)));
  }
  return parts;
}

function ownMachine(scene: Scene, entity: string): Machine | undefined {
  const [field] = entityOf(scene, entity).stateFields;
  return field && machineOf(scene.model, String(field.property.workflow));
}

/** The delays that hang on a field that a write changes. */
function followed({ document }: Machine, { act, changed }: PlannedWrite): ReadonlySet<string> {
  if (act === "create") return new Set();
  const names = new Set(changed.map(({ name }) => name));
  const delays = Object.entries(document.meta.delays ?? {});
  return new Set(delays.flatMap(([name, { until }]) => (until !== undefined && names.has(until) ? [name] : [])));
}

async function partsFor(tx: Connection, scene: Scene, machine: Machine, writes: readonly PlannedWrite[]) {
  const runs = await readRuns(
    tx,
    scene,
    machine.id,
    writes.map(({ id }) => id),
  );
  const around = await surroundings(
    tx,
    scene,
    machine,
    writes.map(({ record }) => record),
  );
  const set: { run: string; name: string; due: string }[] = [];
  const ended: { run: string; name: string }[] = [];
  for (const write of writes) {
    const run = runs.get(write.id);
    if (!run) continue;
    const delays = followed(machine, write);
    const standing = run.timers.map(({ name }) => name).filter((name) => delays.has(readTimerName(name).delay));
    const runScene: RunScene = { ...around, record: write.record };
    const next = waits(machine, snapshotOf(run), runScene).filter(({ name }) => delays.has(readTimerName(name).delay));
    const coming = next.filter(({ name, due }) => standing.includes(name) || due > around.now);
    set.push(...coming.map((timer) => ({ run: run.id, ...timer })));
    const gone = standing.filter((name) => !next.some((timer) => timer.name === name));
    ended.push(...gone.map((name) => ({ run: run.id, name })));
  }
  return [...withdrawn(scene.workspace.schema, ended), ...armed(scene.workspace.schema, set)];
}
