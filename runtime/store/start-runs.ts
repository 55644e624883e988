import { leafIn, valueAt, refuse, type Change, type Entity, type Field, type Model, type Values } from "engine";
import { identifier, tableOf } from "engine/sql";
import type { WorkflowDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { commit } from "./commit.ts";
import { nothingDone, type Scene } from "./operation.ts";
import { beginRuns } from "./begin-runs.ts";

/** What a publish starts runs for: the records that stood before their entity had a workflow. */
export interface Starting {
  readonly workspace: Workspace;
  readonly next: Model;
  readonly changes: readonly Change[];
  readonly author: string | null;
  readonly now: Date;
}

/** Stands for the engine itself where nobody is named. */
const nobody = "00000000-0000-0000-0000-000000000000";
const batchRows = 1000;

/** Puts the records of an entity that has just got a workflow into its first state, without what entering it would do. */
export async function startRuns(tx: Connection, starting: Starting): Promise<void> {
  for (const change of starting.changes) {
    if (change.act !== "field.add" && change.act !== "field.restore") continue;
    const entity = starting.next.entities.get(change.entity);
    const field = entity?.fields.get(change.field);
    const workflow = starting.next.workflows.get(String(field?.property.workflow));
    if (entity && field && workflow && entity.stateFields.includes(field))
      await startAll(tx, starting, entity, field, workflow);
  }
}

async function startAll(tx: Connection, starting: Starting, entity: Entity, field: Field, workflow: WorkflowDocument) {
  const scene = sceneOf(starting);
  const table = tableOf(starting.workspace.schemaName, entity.name);
  const first = firstState(workflow);
  for (let after = nobody; ;) {
    const { rows } = await tx.query(
      `select to_json(r) as record from (
         select t.* from ${table} t
         where t.id > $1 and not exists (select from ${starting.workspace.schema}._run u where u.record = t.id and u.workflow = $2)
         order by t.id limit ${batchRows} for update of t) r`,
      [after, workflow.id],
    );
    const records = (rows as { record: Values }[]).map(({ record }) => record);
    if (records.length === 0) return;
    const ids = records.map(({ id }) => String(id));
    const begun = await beginRuns(tx, scene, entity, records, new Map(ids.map((id) => [id, first])));
    refuse([...begun.faults.values()].flat());
    await commit(tx, begun.parts, scene.model);
    await tx.query(`update ${table} set ${identifier(field.name)} = $1 where id = any($2)`, [first, ids]);
    after = ids.at(-1) ?? after;
  }
}

/** The leaf in which a run begins. */
function firstState(workflow: WorkflowDocument): string {
  return leafIn(workflow, valueAt(workflow, []));
}

function sceneOf({ workspace, next, author, now }: Starting): Scene {
  const principal = { id: author ?? nobody, name: "", roles: [], via: "engine" } as const;
  return {
    workspace,
    model: next,
    access: undefined,
    principal,
    now,
    operation: newId(now),
    reason: null,
    ...nothingDone(),
  };
}
