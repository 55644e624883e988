import type { Connection } from "../database/pool.ts";
import { keepAlike } from "./alike.ts";
import { flush } from "./commit.ts";
import { heed } from "./heeded.ts";
import type { Scene } from "./operation.ts";
import { writeRollups } from "./rollups.ts";
import { keepScores } from "./scores.ts";
import { circle, keepSegments, roundsMost } from "./segments.ts";

/**
 * What an operation has set off, at the end of its transaction: what changes of records and facts say to workflows that
 * listen to them, the roll-ups of other records, and who comes into segments and goes; which is a fact again. At last
 * it is kept which records are alike.
 */
export async function settle(tx: Connection, scene: Scene): Promise<void> {
  for (let round = 0; ; round++) {
    await heed(tx, scene);
    if (scene.rollups.changes.size > 0) {
      await flush(tx, scene);
      await writeRollups(tx, scene);
      scene.rollups.changes.clear();
    }
    if (scene.segments.empty && scene.scores.size === 0 && scene.facts.length === 0) return keepAlike(tx, scene);
    if (round >= roundsMost) throw circle();
    await keepScores(tx, scene);
    await keepSegments(tx, scene);
  }
}
