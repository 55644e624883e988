/** How mails are posted: the mailbox of the house, how fast domains take them, and what domains sign with. */
export const statements: readonly string[] = [
  `create table {ws}._mailbox (
     id uuid primary key, at timestamptz not null, envelope_from text not null, envelope_to text[] not null, message_id text,
     from_text text not null, to_text text not null, subject text not null, size integer not null, raw bytea not null)`,
  `create index ix_mailbox_message on {ws}._mailbox (message_id)`,
  // \`until\`: nobody is asked before, because the domain has said so; \`sent\` counts within \`minute\`.
  `create table {ws}._mail_pace (
     wire text not null, domain text not null, until timestamptz, failures integer not null default 0, minute timestamptz,
     sent integer not null default 0, primary key (wire, domain))`,
  `create table {ws}._dkim (
     anchor text primary key, domain text not null, selector text not null, private_key bytea not null, public_key text not null,
     made_at timestamptz not null)`,
  `alter table {ws}._sending add column wire text`,
  // What receivers have chosen by the link in a mail, beside the purposes that they agree to.
  `create table {ws}._mail_choice (
     address text primary key, paused_until timestamptz, weekly integer, language text, at timestamptz not null)`,
];
