import { inLine } from "../database/begin.ts";
import type { Query, Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";

/**
 * The statements that hold the model of a workspace as it is until the transaction ends. Writers share the hold; the
 * switch of a publish has it alone. The last one answers the version that holds now: asked after the lock, for what a
 * switch has committed meanwhile. They go along with the begin of a transaction.
 */
export const sharing = (workspace: Workspace): readonly Query[] => holding(workspace, "_shared");

/** The version that a transaction which began with `sharing` holds. */
export const sharedVersion = (opened: readonly any[]): number => Number(opened[0]?.model);

/** The same for the one who switches: nobody writes until its transaction ends. */
export async function holdModel(tx: Queryable, workspace: Workspace): Promise<number> {
  return sharedVersion(await inLine(tx, holding(workspace, "")));
}

function holding(workspace: Workspace, how: "" | "_shared"): readonly Query[] {
  return [
    {
      name: `model-hold${how}`,
      text: `select pg_advisory_xact_lock${how}(hashtextextended($1, 0))`,
      values: [`trellis model ${workspace.name}`],
    },
    { name: `model-version-${workspace.schemaName}`, text: `select model from ${workspace.schema}._state` },
  ];
}
