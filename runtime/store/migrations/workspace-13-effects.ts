/** All that leaves the house waits in one table; what comes of it, who breaks off, and what a person must look at. */
export const statements: readonly string[] = [
  // Nothing was ever written into these two.
  `drop table {ws}._effect`,
  `drop table {ws}._inbox`,
  // What is told to connections and what runs ask for, each under a key that is there once. \`wire\` is to whom it goes: the
  // anchor of a connection, else the origin of an address.
  `alter table {ws}._delivery rename to _effect`,
  `alter table {ws}._effect rename column connection to wire`,
  `alter table {ws}._effect add column kind text not null default 'event'`,
  `alter table {ws}._effect add column key text`,
  `alter table {ws}._effect add column lane text not null default 'normal'`,
  `alter table {ws}._effect add column repeats text not null default 'idempotent'`,
  // Nobody knows whether the other side has it: the answer was lost, or whoever tried it was.
  `alter table {ws}._effect add column uncertain boolean not null default false`,
  `alter table {ws}._effect add column tries integer not null default 10`,
  `alter table {ws}._effect add column run uuid`,
  `alter table {ws}._effect add column workflow text`,
  `alter table {ws}._effect add column after uuid`,
  `alter table {ws}._effect add column asked jsonb`,
  `alter table {ws}._effect add column output jsonb`,
  // Grows each time a person has it tried anew: in each round it comes back once.
  `alter table {ws}._effect add column round integer not null default 0`,
  `alter table {ws}._effect alter column event drop not null`,
  `alter table {ws}._effect alter column version drop not null`,
  `alter table {ws}._effect alter column fields drop not null`,
  `update {ws}._effect set key = event::text || ':' || wire`,
  `alter table {ws}._effect alter column key set not null`,
  `create unique index uq_effect_key on {ws}._effect (key)`,
  `drop index {ws}.ix_delivery_due`,
  `create index ix_effect_due on {ws}._effect (wire, lane, due_at, id) where status = 'waiting'`,
  `create index ix_effect_run on {ws}._effect (run, at, id) where run is not null`,
  `create index ix_effect_operation on {ws}._effect (operation) where run is not null`,
  // Whom nobody asks for the time being: so many failures one after the other, so many times broken off, until when.
  `create table {ws}._circuit (
     wire text primary key, failures integer not null, opened integer not null, until timestamptz, error text)`,
  // What a run is told by the engine, each once.
  `create table {ws}._inbox (
     id text primary key, run uuid not null, event jsonb not null, at timestamptz not null, due_at timestamptz not null,
     done_at timestamptz, attempts integer not null default 0, held boolean not null default false, error text)`,
  `create index ix_inbox_due on {ws}._inbox (due_at) where done_at is null and not held`,
  `create index ix_inbox_done on {ws}._inbox (done_at) where done_at is not null`,
  // What goes on only by a person's word. \`source\` is the key of an effect, of a row of the inbox, or the name of a timer.
  `create table {ws}._incident (
     id uuid primary key, kind text not null, source text not null, run uuid not null, workflow text not null,
     entity text not null, record uuid not null, state text not null, title text not null, error text not null,
     at timestamptz not null, status text not null, closed_at timestamptz, closed_by uuid, note jsonb)`,
  `create unique index uq_incident_open on {ws}._incident (run, kind, source) where status = 'open'`,
  `create index ix_incident_shown on {ws}._incident (status, at, id)`,
  `create index ix_incident_record on {ws}._incident (record, at)`,
  // Whose turn it was last.
  `create table {ws}._rotation (name text primary key, last uuid, at timestamptz not null)`,
];
