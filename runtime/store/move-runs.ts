import { fault, leavesOf, refuse, sameDocument, type Fault, type Model } from "engine";
import type { Queryable } from "../database/pool.ts";

/** What a publish does to runs: their workflows now and next. */
export interface Moving {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
}

/**
 * Keeps each version of a workflow that runs may stand in, and moves the live runs of a changed pipeline to the new one.
 * A state in which runs stand cannot go.
 */
export async function moveRuns(tx: Queryable, { schema, now, next }: Moving): Promise<void> {
  const faults: Fault[] = [];
  for (const entity of next.entities.values()) {
    const old = [...now.entities.values()].find(({ anchor }) => anchor === entity.anchor);
    if (old && old.name !== entity.name)
      await tx.query(`update ${schema}._run set entity = $2 where entity = $1`, [old.name, entity.name]);
  }
  for (const workflow of next.workflows.values()) {
    const old = [...now.workflows.values()].find(({ meta }) => meta.id === workflow.meta.id);
    if (old && sameDocument(old, workflow)) continue;
    await tx.query(`insert into ${schema}._workflow_version (workflow, version, body) values ($1, $2, $3)`, [
      workflow.id,
      next.version,
      JSON.stringify(workflow),
    ]);
    if (!old) continue;
    const states = leavesOf(workflow).map(({ key }) => key);
    const { rows } = await tx.query(
      `select state, count(*)::int as n from ${schema}._run where workflow = $1 and state <> all($2) group by state`,
      [old.id, states],
    );
    for (const { state, n } of rows as { state: string; n: number }[])
      faults.push(
        fault("publish.runs_stand", { workflow: workflow.id, state, n, path: `/workflow/${workflow.id}/states` }),
      );
    await tx.query(`update ${schema}._run set workflow = $2, version = $3 where workflow = $1`, [
      old.id,
      workflow.id,
      next.version,
    ]);
  }
  refuse(faults);
}
