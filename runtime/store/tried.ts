import { sqlState } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { markScores } from "./score-notes.ts";

/**
 * Does work of which nothing stands where it fails; it calls `opened` before it writes. What is no fault of its own is
 * thrown: it is tried again as a whole.
 */
export async function tried(
  tx: Connection,
  scene: Scene,
  work: (opened: () => Promise<void>) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  let back: (() => void) | undefined;
  const opened = async () => {
    if (back) return;
    await flush(tx, scene);
    await tx.query("savepoint tried");
    back = marked(scene);
  };
  try {
    await work(opened);
    if (!back) return undefined;
    await flush(tx, scene);
  } catch (error) {
    if (!back || passing.test(sqlState(error) ?? "")) throw error;
    await tx.query("rollback to savepoint tried");
    await tx.query("release savepoint tried");
    back();
    return { error };
  }
  // It goes along with what comes next; where it fails, that does, too.
  tx.query("release savepoint tried").catch(() => undefined);
  return undefined;
}

/** Connections, rollbacks, resources, waits for others and operators: none of it is what was told. */
const passing = /^(?:08|40|53|55|57)/;

/** Remembers what the operation has noted so far; the answer goes back to it. */
function marked(scene: Scene): () => void {
  const { rows } = scene.written;
  const changes = [...scene.changes];
  const [facts, begins] = [[...scene.facts], [...scene.begins]];
  const back = [scene.rollups.mark(), scene.segments.mark(), markScores(scene)];
  return () => {
    scene.written.rows = rows;
    scene.changes.clear();
    for (const [key, change] of changes) scene.changes.set(key, change);
    scene.facts.splice(0, scene.facts.length, ...facts);
    scene.begins.splice(0, scene.begins.length, ...begins);
    for (const mark of back) mark();
    scene.staged?.splice(0);
  };
}
