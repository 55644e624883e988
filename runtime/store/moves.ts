import type { Machine } from "engine";
import type { Connection } from "../database/pool.ts";
import { effectParts } from "../effects/index.ts";
import type { Part } from "./commit.ts";
import { listeningParts } from "./listening.ts";
import type { Scene } from "./operation.ts";
import { passageParts } from "./passages.ts";
import { insertRuns, settledMoves, updateRuns, written, type Moved } from "./run.ts";
import { taskParts } from "./tasks.ts";
import { timerParts } from "./timers.ts";

/**
 * What moves write beside their records: where their runs stand, which of them are new, waits, tasks, the journal, and
 * what is asked of others. `ownerOf` says who owns a record after the moves; `machine` is that of runs that say nothing
 * of their own.
 */
export async function moveParts(
  tx: Connection,
  scene: Scene,
  machine: Machine,
  moves: readonly Moved[],
  ownerOf: (record: string) => unknown,
): Promise<readonly Part[]> {
  const settled = settledMoves(moves);
  const { name } = machine.entity;
  const owned = settled.map((it) => ({ ...it, owner: ownerOf(it.record) }));
  return [
    ...updateRuns(
      scene,
      settled.filter(({ before }) => before),
    ),
    ...insertRuns(scene, machine, settled),
    ...timerParts(scene.workspace, settled, scene.now),
    ...listeningParts(scene.workspace, settled, scene.now),
    ...(await taskParts(tx, scene, name, owned)),
    ...written(scene, moves),
    ...passageParts(scene, machine, moves),
    ...(await effectParts(tx, scene, machine, moves)),
  ];
}
