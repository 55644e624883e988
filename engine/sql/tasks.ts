import { sql } from "kysely";
import type { Entity } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { nowSlot, userSlot } from "./slot.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** Whose tasks: those that one does or may take (`todo`), that were given to her or taken by her, that she may take, all. */
export const taskScopes = ["todo", "mine", "open", "all"] as const;
export type TaskScope = (typeof taskScopes)[number];
export const taskDues = ["overdue", "day", "week"] as const;

/** Which tasks are read. */
export interface TaskQuery {
  readonly scope: TaskScope;
  /** The statuses that are meant; none means all. */
  readonly statuses: readonly string[];
  readonly due?: (typeof taskDues)[number] | undefined;
  readonly record?: string | undefined;
  readonly id?: string | undefined;
  /** The moment and the id of the task behind which the page begins. */
  readonly after?: { readonly due: string; readonly id: string } | undefined;
  readonly limit: number;
  readonly roles: readonly string[];
}

/**
 * The tasks of records that the reader may read, of all these entities: who is to act first, what is due soonest first.
 * One statement, whatever the number of entities; each lists by the indexes of tasks, not by its records.
 */
export function tasksStatement(reader: Reader, entities: readonly Entity[], query: TaskQuery): CompiledStatement {
  const { schema } = reader;
  const table = (name: string) => sql`${sql.raw(schema)}.${sql.id(name)}`;
  const queues = sql`array(select q.id from ${table("user_team")} as mine join ${table("user")} as q on q.queue_of = mine.team
    where mine."user" = ${userSlot} and mine.deleted_at is null and q.deleted_at is null)`;
  const mine = sql`(k.assignee = ${userSlot} or k.claimed_by = ${userSlot})`;
  const among = sql`(k.role = any(${query.roles}::text[]) or k.queue = any(${queues}))`;
  const free = sql`(${among} and k.claimed_by is null)`;
  const scopes: Readonly<Record<TaskScope, Piece>> = {
    todo: sql`(${mine} or ${free})`,
    mine,
    open: free,
    all: sql`true`,
  };
  const conditions = [scopes[query.scope], ...conditionsOf(query)];
  const chosen = sql`select k.*, coalesce(${among}, false) as among from ${table("_task")} as k
    where ${sql.join(conditions, sql` and `)}`;
  const parts = entities.map((entity, at) => {
    const source = new Source(reader, entity, `t${at}`);
    const name = entity.nameField ? (source.value(entity.nameField) as { value: Piece }).value : sql`null`;
    const seen = source.visible();
    const row = sql.id(source.root.alias);
    return sql`(select k.*, r.workflow, r.version, ${entity.name}::text as entity, ${name}::text as record_name from ${source.from()}
      join chosen as k on k.record = ${row}.id join ${table("_run")} as r on r.id = k.run and r.entity = ${entity.name}::text
      where ${seen} and ${row}.deleted_at is null)`;
  });
  const person = (column: string) =>
    sql`(select json_build_object('id', u.id, 'name', u.name) from ${table("user")} as u where u.id = ${sql.ref(`x.${column}`)})`;
  return compile(sql`with chosen as (${chosen}), x as (${sql.join(parts, sql` union all `)})
    select x.id, x.run, x.workflow, x.version, x.invocation, x.entity, x.record, x.record_name, x.kind, x.title, x.description, x.form,
      x.priority, x.due_at, x.status, x.role, x.output, x.at, x.ended_at, x.among, ${person("assignee")} as assignee,
      ${person("queue")} as queue, ${person("claimed_by")} as claimed_by, ${person("done_by")} as done_by,
      ${person("done_for")} as done_for
    from x order by coalesce(x.due_at, 'infinity'), x.id limit ${sql.raw(String(query.limit))}`);
}

function conditionsOf({ statuses, due, record, id, after }: TaskQuery): readonly Piece[] {
  const until = { overdue: sql``, day: sql` + interval '24 hours'`, week: sql` + interval '168 hours'` };
  const active = statuses.length > 0 && statuses.every((it) => it === "open" || it === "claimed");
  return [
    ...(active ? [sql`k.status in ('open', 'claimed')`] : []),
    ...(statuses.length > 0 ? [sql`k.status = any(${statuses}::text[])`] : []),
    ...(due ? [sql`k.due_at <= ${nowSlot}${until[due]}`] : []),
    ...(record === undefined ? [] : [sql`k.record = ${record}::uuid`]),
    ...(id === undefined ? [] : [sql`k.id = ${id}::uuid`]),
    ...(after ? [sql`(coalesce(k.due_at, 'infinity'), k.id) > (${after.due}::timestamptz, ${after.id}::uuid)`] : []),
  ];
}
