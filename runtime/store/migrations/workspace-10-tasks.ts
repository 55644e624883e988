/**
 * What runs have people do, and the runs that other runs have begun. A task keeps the step that asked for it and the one
 * that ended it, so that undoing a step undoes what it did to tasks. `form` is `json`: the order of its keys is the order
 * of its fields. A record may go through a process more than once, and through several at a time that others began.
 */
export const statements: readonly string[] = [
  `create table {ws}._task (
     id uuid primary key, run uuid not null, revision integer not null, ordinal integer not null,
     invocation text not null, record uuid not null, kind text not null, title text not null, description text,
     form json, priority integer not null, assignee uuid, role text, queue uuid, due_at timestamptz,
     status text not null, claimed_by uuid, output jsonb, done_by uuid, done_for uuid, at timestamptz not null,
     ended_at timestamptz, ended_revision integer, unique (run, revision, ordinal))`,
  `create index ix_task_assignee on {ws}._task (assignee) where status in ('open', 'claimed')`,
  `create index ix_task_claimed on {ws}._task (claimed_by) where status in ('open', 'claimed')`,
  `create index ix_task_role on {ws}._task (role) where status in ('open', 'claimed')`,
  `create index ix_task_queue on {ws}._task (queue) where status in ('open', 'claimed')`,
  `create index ix_task_record on {ws}._task (record)`,
  `alter table {ws}._run add column parent uuid`,
  `alter table {ws}._run add column invocation text`,
  `alter table {ws}._run add column item integer`,
  `alter table {ws}._run add column depth integer not null default 0`,
  `alter table {ws}._run drop constraint _run_workflow_record_key`,
  `create unique index ux_run_workflow on {ws}._run (workflow, record) where parent is null and status = 'active'`,
  `create index ix_run_parent on {ws}._run (parent) where parent is not null`,
];
