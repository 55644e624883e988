/**
 * Who signs in by a portal: links that were mailed, of which hashes are kept, sessions, and which mails were written on its
 * pages. A link to nobody was asked for by an address that nobody has.
 */
export const statements: readonly string[] = [
  `create table {ws}._portal_link (
     token_hash bytea primary key, portal text not null, person uuid, address text not null, expires_at timestamptz not null,
     used_at timestamptz)`,
  `create index ix_portal_link_expires on {ws}._portal_link (expires_at)`,
  `create table {ws}._portal_session (
     token_hash bytea primary key, portal text not null, person uuid not null, address text not null, begun_at timestamptz not null,
     expires_at timestamptz not null)`,
  `create index ix_portal_session_person on {ws}._portal_session (person)`,
  `create index ix_portal_session_expires on {ws}._portal_session (expires_at)`,
  `create table {ws}._portal_message (mail uuid primary key, portal text not null, record uuid not null, person uuid not null)`,
  `create index ix_portal_message_record on {ws}._portal_message (record)`,
];
