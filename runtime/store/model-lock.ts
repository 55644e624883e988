import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/** What the lock of a workspace's model is called among all locks of its node. */
const nameOf = (workspace: Workspace) => `trellis model ${workspace.name}`;

/**
 * Holds the model of a workspace as it is until the transaction ends. Writers share the hold; the switch of a publish
 * has it alone. Answers the version that holds now: asked after the lock, for what a switch has committed meanwhile.
 */
export async function shareModel(tx: Queryable, workspace: Workspace): Promise<number> {
  await tx.query("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", [nameOf(workspace)]);
  return versionOf(tx, workspace);
}

/** The same for the one who switches: nobody writes until its transaction ends. */
export async function holdModel(tx: Queryable, workspace: Workspace): Promise<number> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [nameOf(workspace)]);
  return versionOf(tx, workspace);
}

async function versionOf(tx: Queryable, { schema }: Workspace): Promise<number> {
  const { rows } = await tx.query(`select model from ${schema}._state`);
  return Number(rows[0]?.model);
}
