/** What ties connections and intakes to this installation, what is told to the outside, and what came from there. */
export const statements: readonly string[] = [
  // By the anchor of the document: whose rights bound it, and its secrets, sealed. \`former\` holds while they change.
  `create table {ws}._connection (
     anchor text primary key, owner uuid not null, active boolean not null, stopped text,
     secret bytea not null, former bytea, former_until timestamptz, bound_at timestamptz not null, bound_by uuid)`,
  // One row for each event and each connection that wants it, written with the event. \`told\` is what was delivered.
  `create table {ws}._delivery (
     id uuid primary key, connection text not null, event uuid not null, entity text not null, record uuid not null,
     type text not null, version integer not null, operation uuid not null, fields jsonb not null,
     at timestamptz not null, status text not null, attempts integer not null, due_at timestamptz not null,
     lease_until timestamptz, told text, answer integer, error text, tried_at timestamptz)`,
  `create index ix_delivery_due on {ws}._delivery (connection, due_at) where status = 'waiting'`,
  `create index ix_delivery_record on {ws}._delivery (connection, record, version, event)`,
  `create index ix_delivery_shown on {ws}._delivery (connection, at, id)`,
  `create index ix_delivery_at on {ws}._delivery (at)`,
  // Messages by the id that their sender gave them: each works once.
  `create table {ws}._received (
     intake text not null, message text not null, hash text not null, at timestamptz not null, status text not null,
     record uuid, operation uuid, problems jsonb, primary key (intake, message))`,
  `create index ix_received_at on {ws}._received (intake, at)`,
];
