/**
 * The engine's own tables in the schema of a workspace. Every name is qualified by `{ws}`; one statement each.
 *
 * `_history.at` says when a value held, `recorded_at` when we learnt of it: an import may declare the past.
 */
export const statements: readonly string[] = [
  // What is published, and how it came to be. Documents are \`json\`, which keeps the order of their keys: it is the order of the fields.
  `create table {ws}._document (
     anchor text primary key, kind text not null, name text not null, body json not null,
     unique (kind, name))`,
  `create table {ws}._version (
     number integer primary key, at timestamptz not null, author uuid, reason text not null default '',
     change uuid, documents json not null, plan json not null, undoes integer)`,
  `create table {ws}._change (
     id uuid primary key, reason text not null default '', author uuid, created_at timestamptz not null,
     status text not null, base integer not null, drafts json not null default '{}', progress jsonb)`,
  `create table {ws}._base (template text not null, anchor text not null, version text not null, body json not null,
     primary key (template, anchor))`,
  // The row that is locked by whoever switches the model; \`access\` grows with every change of rights.
  `create table {ws}._state (id integer primary key check (id = 1), model integer not null, access integer not null)`,
  // What was done to records. An operation is what a person can undo.
  `create table {ws}._operation (
     id uuid primary key, kind text not null, status text not null, title text not null default '',
     by uuid, at timestamptz not null, finished_at timestamptz, rows integer not null default 0,
     done integer not null default 0, undoes uuid, undone_by uuid, detail jsonb not null default '{}')`,
  `create index ix_operation_by on {ws}._operation (by, at)`,
  `create table {ws}._history (
     id uuid primary key, entity text not null, record uuid not null, operation uuid not null, act text not null,
     version integer not null, at timestamptz not null, recorded_at timestamptz not null, by uuid, reason text,
     before jsonb, after jsonb)`,
  `create index ix_history_record on {ws}._history (record, at, id)`,
  `create index ix_history_operation on {ws}._history (operation, id)`,
  `create table {ws}._event (
     id uuid primary key, xid xid8 not null default pg_current_xact_id(), entity text not null, record uuid not null,
     type text not null, version integer not null, operation uuid not null, at timestamptz not null, by uuid,
     data jsonb)`,
  `create index ix_event_order on {ws}._event (xid, id)`,
  `create table {ws}._idempotency (
     principal text not null, route text not null, key text not null, body_hash text not null, at timestamptz not null,
     status integer, headers jsonb, answer text, primary key (principal, route, key))`,
  `create index ix_idempotency_at on {ws}._idempotency (at)`,
  `create table {ws}._counter (field text primary key, n bigint not null)`,
  // Runs of workflows.
  `create table {ws}._workflow_version (
     workflow text not null, version integer not null, body json not null, primary key (workflow, version))`,
  `create table {ws}._run (
     id uuid primary key, workflow text not null, version integer not null, entity text not null, record uuid not null,
     state text not null, value jsonb not null, context jsonb not null, history jsonb not null default '{}',
     status text not null, revision integer not null, started_at timestamptz not null, entered_at timestamptz not null,
     unique (workflow, record))`,
  `create index ix_run_record on {ws}._run (record)`,
  `create table {ws}._timer (run uuid not null, name text not null, due_at timestamptz not null, event jsonb not null,
     primary key (run, name))`,
  `create index ix_timer_due on {ws}._timer (due_at)`,
  `create table {ws}._journal (
     run uuid not null, revision integer not null, operation uuid not null, at timestamptz not null, by uuid,
     event jsonb not null, from_state text, to_state text not null, transitions jsonb not null, effects jsonb not null,
     before jsonb, primary key (run, revision))`,
  `create table {ws}._effect (
     key text primary key, type text not null, params jsonb not null, status text not null, attempts integer not null,
     due_at timestamptz not null, lease_until timestamptz, result jsonb)`,
  `create index ix_effect_due on {ws}._effect (due_at)`,
  `create table {ws}._inbox (
     id text primary key, run uuid, event jsonb not null, received_at timestamptz not null, done_at timestamptz)`,
  `create table {ws}._notification (
     id uuid primary key, for_user uuid not null, at timestamptz not null, title text not null, body text,
     entity text, record uuid, operation uuid, read_at timestamptz)`,
  `create index ix_notification_for on {ws}._notification (for_user, at)`,
  // Files, in chunks: uploads, error files, exports.
  `create table {ws}._file (
     id uuid primary key, name text not null, type text not null, size_bytes bigint not null, sha256 text not null,
     entity text, record uuid, field text, by uuid, at timestamptz not null, complete boolean not null default false)`,
  `create table {ws}._file_chunk (file uuid not null, part integer not null, bytes bytea not null,
     primary key (file, part))`,
  `create table {ws}._import (
     id uuid primary key, operation uuid not null, file uuid not null, plan jsonb not null, status text not null,
     rehearsed boolean not null default false, progress jsonb not null default '{}', report jsonb,
     created_at timestamptz not null, by uuid not null, lease_until timestamptz)`,
  `create table {ws}._export (
     id uuid primary key, operation uuid not null, request jsonb not null, status text not null, rows integer not null,
     file uuid, created_at timestamptz not null, by uuid not null, lease_until timestamptz)`,
];
