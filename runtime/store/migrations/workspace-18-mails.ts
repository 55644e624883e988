/** Every mail, both ways, and the ledger of those that are sent: what is meant to go, and how far each has come. */
export const statements: readonly string[] = [
  // \`entity\` is the name of the entity, and follows it.
  `create table {ws}._mail (
     id uuid primary key, direction text not null check (direction in ('in', 'out')), message_id text, in_reply_to text,
     refs text[] not null default '{}', from_address text not null, from_name text, to_addresses text[] not null,
     cc_addresses text[] not null default '{}', subject text not null default '', text text, html text,
     headers jsonb not null default '{}', at timestamptz not null, entity text, record uuid, auto boolean not null default false,
     purpose text, sending uuid)`,
  `create index ix_mail_message on {ws}._mail (message_id)`,
  `create index ix_mail_record on {ws}._mail (record, at)`,
  `create index ix_mail_sending on {ws}._mail (sending) where sending is not null`,
  `create index ix_mail_at on {ws}._mail (direction, at, id)`,
  // One row for each effect: a second of the same key is none. \`purpose\` is null where nobody has to agree.
  `create table {ws}._sending (
     id uuid primary key, effect_key text not null, message_id text not null, status text not null, purpose text,
     entity text, record uuid, address text not null, domain text not null, to_addresses text[] not null, cc_addresses text[] not null default '{}',
     from_address text not null, from_name text, reply_to text, subject text, text text, html text, headers jsonb not null default '{}',
     in_reply_to text, refs text[] not null default '{}', hash text,
     message text, language text, broadcast uuid, run uuid, asked jsonb,
     at timestamptz not null, due_at timestamptz not null, attempts integer not null default 0, phase text, worker text,
     lease_until timestamptz, reason text, code integer, reply text, tried_at timestamptz, ended_at timestamptz,
     operation uuid, decided_by uuid, decided_at timestamptz)`,
  `create unique index uq_sending_effect on {ws}._sending (effect_key)`,
  `create index ix_sending_due on {ws}._sending (due_at, id) where status = 'queued'`,
  `create index ix_sending_lease on {ws}._sending (lease_until) where status = 'sending'`,
  `create index ix_sending_status on {ws}._sending (status, ended_at, id) where status in ('unknown', 'held', 'rejected')`,
  `create index ix_sending_record on {ws}._sending (record, at)`,
  `create index ix_sending_address on {ws}._sending (address, ended_at)`,
  `create index ix_sending_broadcast on {ws}._sending (broadcast, status) where broadcast is not null`,
  `create index ix_sending_run on {ws}._sending (run) where run is not null`,
];
