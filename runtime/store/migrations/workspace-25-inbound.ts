/** Mails that have come: by which rule each joined its record, files that came along, and what conversations are made of. */
export const statements: readonly string[] = [
  // Each mail once for the entity of its mailbox. \`raw\` is the mail as it came; \`possible\` is a record that it was not let join.
  `create table {ws}._arrival (
     entity text not null, message_id text not null, mailbox text not null, mail uuid, record uuid, class text not null,
     rule smallint, evidence jsonb not null default '{}', possible uuid, raw bytea, at timestamptz not null,
     primary key (entity, message_id))`,
  `create index ix_arrival_mail on {ws}._arrival (mail)`,
  `create index ix_arrival_mailbox on {ws}._arrival (mailbox, at)`,
  `create table {ws}._mail_file (mail uuid not null, file uuid not null, content_id text, primary key (mail, file))`,
  // The code of a record's subjects. \`joined\` is the record into which it was merged: mails to it come there.
  `create table {ws}._conversation (record uuid primary key, entity text not null, code text not null, joined uuid, joined_at timestamptz)`,
  `create unique index uq_conversation_code on {ws}._conversation (code)`,
  `create index ix_conversation_joined on {ws}._conversation (joined) where joined is not null`,
  `create index ix_mail_refs on {ws}._mail using gin (refs)`,
  `create index ix_fact_bounced on {ws}._fact ((data ->> 'address'), at) where type = 'mail.bounced'`,
  `create index ix_mail_from on {ws}._mail (from_address, at)`,
];
