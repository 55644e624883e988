import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { heed } from "./heed.ts";
import type { Scene } from "./operation.ts";
import { writeRollups } from "./rollups.ts";

/**
 * What an operation has set off, at the end of its transaction: what changes of records say to workflows that listen to
 * them, then the roll-ups of other records.
 */
export async function settle(tx: Connection, scene: Scene): Promise<void> {
  await heed(tx, scene);
  if (scene.rollups.changes.size === 0) return;
  await flush(tx, scene);
  await writeRollups(tx, scene);
}
