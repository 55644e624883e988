/**
 * Records that wait for somebody: `look_at` is when somebody is looked for again. `since` is when one was offered or
 * given. People who are given records say whether they are there, how much they take at once and what they can.
 */
export const statements: readonly string[] = [
  `create table {ws}._queued (
     record uuid primary key, entity text not null, queue text not null, state text not null, queued_at timestamptz not null,
     rank integer not null, weight integer not null, skills jsonb not null, same text, agent uuid, since timestamptz,
     until timestamptz, passed_by uuid[] not null default '{}', why jsonb, look_at timestamptz, done_at timestamptz)`,
  `create index ix_queued_waiting on {ws}._queued (queue, rank, queued_at) where done_at is null and state = 'waiting'`,
  `create index ix_queued_look on {ws}._queued (look_at) where done_at is null and look_at is not null`,
  `create index ix_queued_agent on {ws}._queued (agent) where done_at is null`,
  `create index ix_queued_same on {ws}._queued (same, since) where same is not null`,
  `create table {ws}._queue (queue text primary key, pointer uuid)`,
  `create table {ws}._agent (
     "user" uuid primary key, presence text not null, capacity integer not null, skills jsonb not null,
     since timestamptz not null, idle_since timestamptz not null)`,
];
