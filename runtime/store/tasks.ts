import { isTask, taskAsked, type TaskAsked } from "engine";
import { newId } from "../id.ts";
import type { Queryable } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import { authorOf, type Scene } from "./operation.ts";
import { isId } from "./records.ts";
import type { Moved } from "./run.ts";

/** What writing tasks needs to know. */
export type TaskScene = Pick<Scene, "now" | "operation" | "principal"> & {
  readonly workspace: { readonly schema: string };
};

/** A move, and who owns its record. */
export type OwnedMove = Pick<Moved, "run" | "record" | "revision"> & {
  readonly step: Pick<Moved["step"], "invocations">;
  readonly owner: unknown;
};

/** A task on its way into its table. */
interface Opened extends TaskAsked {
  readonly id: string;
  readonly run: string;
  readonly record: string;
  readonly revision: number;
  readonly ordinal: number;
}

/**
 * Writes down the tasks that moves ask for, and withdraws those that they end. Each is told to the person it was given
 * to. Only moves that begin a task ask the database whom it means.
 */
export async function taskParts(
  tx: Queryable,
  scene: TaskScene,
  entity: string,
  moved: readonly OwnedMove[],
): Promise<readonly Part[]> {
  const asked = moved.flatMap(({ run, record, revision, owner, step }) =>
    step.invocations.started.flatMap((it, ordinal) =>
      isTask(it.src)
        ? [{ ...taskAsked(it), id: newId(scene.now), run, record, revision, ordinal, owner: textOf(owner) }]
        : [],
    ),
  );
  const opened = asked.length === 0 ? [] : await addressed(tx, scene, asked);
  return [
    ...withdrawn(scene, moved),
    ...dueAgain(scene, moved),
    ...rowsOf(scene, opened),
    ...told(scene, entity, opened),
  ];
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Tasks with the person, the role or the queue that they mean; those that mean nobody wait for the record's owner. */
async function addressed(
  tx: Queryable,
  { workspace }: TaskScene,
  asked: readonly (Opened & { readonly owner: string | null })[],
): Promise<readonly Opened[]> {
  const named = asked.flatMap(({ assignee, queue, owner }) => [assignee, queue, owner].flatMap((it) => it ?? []));
  const { rows } = await tx.query(
    `select id, name, queue_of is not null as queue from ${workspace.schema}."user"
     where deleted_at is null and (id = any($1::uuid[]) or (queue_of is not null and name = any($2::text[])))`,
    [named.filter(isId), named],
  );
  const people = rows as { readonly id: string; readonly name: string; readonly queue: boolean }[];
  const found = new Map(people.map((it) => [it.id, it]));
  const queues = new Map(
    people
      .filter(({ queue }) => queue)
      .flatMap(
        (it) =>
          [
            [it.name, it],
            [it.id, it],
          ] as const,
      ),
  );
  return asked.map(({ owner, ...task }) => {
    const meant = (task.queue === null ? undefined : queues.get(task.queue)) ?? found.get(task.assignee ?? "");
    const one = meant ?? (task.role === null ? found.get(owner ?? "") : undefined);
    return {
      ...task,
      assignee: one && !one.queue ? one.id : null,
      queue: one?.queue ? one.id : null,
      role: one ? null : task.role,
    };
  });
}

const tasks: Filling = {
  table: "_task",
  each: {
    id: "uuid",
    run: "uuid",
    revision: "integer",
    ordinal: "integer",
    invocation: "text",
    record: "uuid",
    kind: "text",
    title: "text",
    description: "text",
    form: "json",
    priority: "integer",
    assignee: "uuid",
    role: "text",
    queue: "uuid",
    due_at: "timestamptz",
  },
  all: { status: "text", at: "timestamptz" },
};

function rowsOf({ workspace, now }: TaskScene, opened: readonly Opened[]): readonly Part[] {
  const cells = opened.map((it) => [
    it.id,
    it.run,
    it.revision,
    it.ordinal,
    it.invocation,
    it.record,
    it.kind,
    it.title,
    it.description,
    it.form === null ? null : JSON.stringify(it.form),
    it.priority,
    it.assignee,
    it.role,
    it.queue,
    it.due,
  ]);
  return inserted(workspace.schema, tasks, cells, ["open", now]);
}

/** Who was given a task by another is told. */
function told(scene: TaskScene, entity: string, tasks: readonly Opened[]): readonly Part[] {
  const given = tasks.flatMap(({ assignee, ...task }) =>
    assignee === null || assignee === authorOf(scene) ? [] : [{ ...task, to: assignee }],
  );
  return given.length === 0 ? [] : [toldPart(scene, entity, given)];
}

/** The notices of tasks to those they were given to. */
export function toldPart(
  { workspace, now, operation }: TaskScene,
  entity: string,
  given: readonly { readonly to: string; readonly title: string; readonly record: string }[],
): Part {
  return {
    sql: `insert into ${workspace.schema}._notification (id, for_user, at, title, entity, record, operation)
      select r.id, r.for_user, $5::timestamptz, r.title, $6::text, r.record, $7::uuid
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as r(id, for_user, title, record)`,
    parameters: [
      given.map(() => newId(now)),
      given.map(({ to }) => to),
      given.map(({ title }) => title),
      given.map(({ record }) => record),
      now,
      entity,
      operation,
    ],
  };
}

const waiting = "t.status in ('open', 'claimed')";

function withdrawn({ workspace, now }: TaskScene, moved: readonly OwnedMove[]): readonly Part[] {
  const ended = moved.flatMap(({ run, revision, step }) =>
    step.invocations.stopped.map((invocation) => ({ run, revision, invocation })),
  );
  if (ended.length === 0) return [];
  const sql = `update ${workspace.schema}._task t set status = 'cancelled', ended_at = $4::timestamptz, ended_revision = r.revision
    from unnest($1::uuid[], $2::integer[], $3::text[]) as r(run, revision, invocation)
    where t.run = r.run and t.invocation = r.invocation and ${waiting}`;
  const parameters = [
    ended.map(({ run }) => run),
    ended.map(({ revision }) => revision),
    ended.map(({ invocation }) => invocation),
    now,
  ];
  return [{ sql, parameters }];
}

/** A task whose clock stands has no moment until the clock goes on. */
function dueAgain({ workspace }: TaskScene, moved: readonly OwnedMove[]): readonly Part[] {
  const dues = moved.flatMap(({ run, step }) => (step.invocations.moved ?? []).map((it) => ({ run, ...it })));
  if (dues.length === 0) return [];
  const sql = `update ${workspace.schema}._task t set due_at = r.due_at
    from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as r(run, invocation, due_at)
    where t.run = r.run and t.invocation = r.invocation and ${waiting}`;
  const parameters = [dues.map(({ run }) => run), dues.map(({ id }) => id), dues.map(({ due }) => due ?? null)];
  return [{ sql, parameters }];
}

/** The tasks of runs that go back to a step: what later steps asked for is gone, and what they ended goes on. */
export function tasksBack(
  schema: string,
  runs: readonly { readonly id: string; readonly revision: number }[],
): readonly Part[] {
  if (runs.length === 0) return [];
  const parameters = [runs.map(({ id }) => id), runs.map(({ revision }) => revision)];
  const from = "unnest($1::uuid[], $2::integer[]) as r(run, revision)";
  return [
    {
      sql: `delete from ${schema}._task t using ${from} where t.run = r.run and t.revision > r.revision`,
      parameters,
    },
    {
      sql: `update ${schema}._task t set status = case when t.claimed_by is null then 'open' else 'claimed' end, output = null,
          done_by = null, done_for = null, ended_at = null, ended_revision = null
        from ${from} where t.run = r.run and t.ended_revision > r.revision and t.revision <= r.revision`,
      parameters,
    },
  ];
}
