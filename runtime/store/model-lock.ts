import { literal } from "engine/sql";
import { inOrder } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/** What the lock of a workspace's model is called among all locks of its node. */
const nameOf = (workspace: Workspace) => literal(`trellis model ${workspace.name}`);

/**
 * The statements that hold the model of a workspace as it is until the transaction ends. Writers share the hold; the
 * switch of a publish has it alone. The last one answers the version that holds now: asked after the lock, for what a
 * switch has committed meanwhile. They go along with the begin of a transaction.
 */
export const sharing = (workspace: Workspace): readonly string[] => [
  `select pg_advisory_xact_lock_shared(hashtextextended(${nameOf(workspace)}, 0))`,
  `select model from ${workspace.schema}._state`,
];

/** The version that a transaction which began with `sharing` holds. */
export const sharedVersion = (opened: readonly any[]): number => Number(opened[0]?.model);

/** The same for the one who switches: nobody writes until its transaction ends. */
export async function holdModel(tx: Queryable, workspace: Workspace): Promise<number> {
  const [lock = "", version = ""] = sharing(workspace);
  return sharedVersion(await inOrder(tx, [lock.replace("_shared(", "("), version]));
}
