import type { Connection } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { listeningRows } from "./listening.ts";
import type { Scene } from "./operation.ts";
import type { StoredRun } from "./run.ts";
import { forgottenParts } from "./passages.ts";
import { undoneEffects } from "./outgoing.ts";
import { tasksBack } from "./tasks.ts";
import { restoredTimers } from "./timers.ts";

/** A record whose runs an operation moved without changing the record; `moved` where they have gone on since. */
export interface MovedRecord {
  readonly entity: string;
  readonly record: string;
  readonly moved: boolean;
}

/** The records of which an operation moved runs. */
export async function movedRecords(
  tx: Connection,
  { workspace: { schema } }: Pick<Scene, "workspace">,
  operation: string,
): Promise<readonly MovedRecord[]> {
  const { rows } = await tx.query(
    `select r.entity, r.record, bool_or(r.revision <> m.revision) as moved
     from (select j.run, max(j.revision) as revision from ${schema}._journal j where j.operation = $1 group by j.run) m
     join ${schema}._run r on r.id = m.run group by r.entity, r.record order by r.record`,
    [operation],
  );
  return rows as MovedRecord[];
}

/** What takes away the runs that `operation` began on records that stand on, and all that hangs on them. */
export async function unbegunRuns(
  tx: Connection,
  scene: UndoScene,
  operation: string,
  records: readonly string[],
): Promise<readonly Part[]> {
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select j.run from ${schema}._journal j join ${schema}._run r on r.id = j.run
     where j.operation = $1 and j.revision = 1 and j.before is null and r.record = any($2)`,
    [operation, records],
  );
  if (rows.length === 0) return [];
  const runs = (rows as { run: string }[]).map(({ run }) => run);
  return goneRuns(tx, scene, "id", runs);
}

/** Where something is undone, and when. */
type UndoScene = Pick<Scene, "workspace" | "model" | "now">;

const countingIn = ({ workspace, model, now }: UndoScene) => ({ schema: workspace.schema, model, now });

/** What takes away runs by their own ids, or by those of their records, and all that hangs on them. */
export async function goneRuns(
  tx: Connection,
  scene: UndoScene,
  by: "id" | "record",
  ids: readonly string[],
): Promise<readonly Part[]> {
  const { schema } = scene.workspace;
  const runs = `(select id from ${schema}._run where ${by} = any($1::uuid[]))`;
  const hanging = ["_timer", "_task", "_inbox", "_incident", "_sent", "_listening", "_journal"];
  const gone = { where: `r.${by} = any($1::uuid[])`, parameters: [ids] };
  const forgotten = await forgottenParts(tx, countingIn(scene), gone);
  const parts = [
    ...hanging.map((table) => `delete from ${schema}.${table} where run in ${runs}`),
    `update ${schema}._effect set status = 'skipped', error = 'undone' where run in ${runs} and status = 'waiting'`,
    `delete from ${schema}._run where ${by} = any($1::uuid[])`,
  ].map((sql) => ({ sql, parameters: [ids] }));
  return [...parts, ...forgotten];
}

/** What puts the runs of `records` back to where they stood before `operation` moved them, its journal included. */
export async function undoMoves(
  tx: Connection,
  scene: UndoScene,
  operation: string,
  records: readonly string[],
): Promise<readonly Part[]> {
  const { now } = scene;
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select distinct on (j.run) j.run, j.revision, j.before from ${schema}._journal j join ${schema}._run r on r.id = j.run
     where j.operation = $1 and r.record = any($2) and j.before is not null
       and not exists (select from ${schema}._journal b where b.run = j.run and b.operation = $1 and b.revision = 1)
     order by j.run, j.revision`,
    [operation, records],
  );
  const moves = rows as { run: string; before: StoredRun }[];
  if (moves.length === 0) return [];
  const gone = {
    where: "j.operation = $1 and j.run = any($2::uuid[])",
    parameters: [operation, moves.map(({ run }) => run)],
  };
  const of = (pick: (before: StoredRun) => unknown) => moves.map(({ before }) => pick(before));
  return [
    {
      sql: `update ${schema}._run as t
        set state = r.state, value = r.value, context = r.context, status = r.status, revision = r.revision,
          entered_at = r.entered_at, history = r.history, output = null, version = r.version
        from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::text[], $6::integer[], $7::timestamptz[], $8::jsonb[], $9::integer[])
          as r(id, state, value, context, status, revision, entered_at, history, version) where t.id = r.id`,
      parameters: [
        moves.map(({ run }) => run),
        of(({ state }) => state),
        of(({ value }) => JSON.stringify(value)),
        of(({ context }) => JSON.stringify(context)),
        of(({ status }) => status),
        of(({ revision }) => revision),
        of(({ entered_at }) => entered_at),
        of(({ history }) => JSON.stringify(history ?? {})),
        of(({ version }) => version),
      ],
    },
    ...restoredTimers(
      schema,
      moves.map(({ before }) => before),
      now,
    ),
    ...listeningRows(
      schema,
      moves.flatMap(({ before }) => (before.context.$listens === undefined ? [] : [before])),
      now,
    ),
    ...tasksBack(
      schema,
      moves.map(({ before }) => before),
    ),
    { sql: `delete from ${schema}._sent where operation = $1::uuid`, parameters: [operation] },
    undoneEffects(
      schema,
      operation,
      moves.map(({ run }) => run),
    ),
    ...(await forgottenParts(tx, countingIn(scene), gone)),
    {
      sql: `delete from ${schema}._journal where operation = $1 and run = any($2)`,
      parameters: [operation, moves.map(({ run }) => run)],
    },
  ];
}
