/**
 * Events from elsewhere and the runs that wait for them by a key. An event is open for as long as runs may begin to wait
 * for it; who has heard of it is written down, so that each run hears of it once.
 */
export const statements: readonly string[] = [
  `create table {ws}._listening (run uuid not null, event text not null, key text not null, since timestamptz not null,
     primary key (run, event))`,
  `create index ix_listening_key on {ws}._listening (key, event)`,
  `create table {ws}._heard (
     id text primary key, entity text not null, event text not null, key text not null, data jsonb, source text not null,
     by uuid, at timestamptz not null, until timestamptz not null, settled boolean not null default false)`,
  `create index ix_heard_open on {ws}._heard (at, id) where not settled`,
  `create index ix_heard_until on {ws}._heard (until)`,
  `create table {ws}._hearing (heard text not null, run uuid not null, at timestamptz not null, error text,
     primary key (heard, run))`,
];
