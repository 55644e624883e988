/** What messages are made into, what goes to many at once, and what their receivers have done with them. */
export const statements: readonly string[] = [
  `create table {ws}._message_form (
     hash text primary key, message text not null, subject text not null, html text not null, text text not null,
     links jsonb not null, at timestamptz not null)`,
  `create table {ws}._broadcast (
     id uuid primary key, message text not null, title text not null, filter text, total integer not null, status text not null,
     operation uuid not null, by uuid, at timestamptz not null, ended_at timestamptz)`,
  `create index ix_broadcast_message on {ws}._broadcast (message, at)`,
  // Every look at a link or a picture, as it came; `human` is worked out and may be worked out anew.
  `create table {ws}._mail_hit (
     id uuid primary key, sending uuid not null, kind text not null, link integer, at timestamptz not null, method text not null,
     agent text, network text, human boolean not null, why text)`,
  `create index ix_mail_hit_sending on {ws}._mail_hit (sending, at)`,
];
