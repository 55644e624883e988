/** How far mailboxes have been read by IMAP, and mails there that could not be taken. */
export const statements: readonly string[] = [
  // `place`: server, user and folder; another one is read anew. `last_uid` holds within `validity` alone. What came before
  // `begins_at` is never taken; `since` bounds what is looked at until all that lay there has been looked through.
  `create table {ws}._imap (
     mailbox text primary key, place text not null, validity bigint, last_uid bigint not null default 0,
     begins_at timestamptz not null, since timestamptz, read_at timestamptz, failures integer not null default 0, error text, failed_at timestamptz, worker uuid,
     lease_until timestamptz)`,
  // Without \`due_at\` it is not tried again by itself.
  `create table {ws}._imap_left (
     mailbox text not null, validity bigint not null, uid bigint not null, size integer not null, subject text not null,
     sender text not null, reason text not null, tries integer not null default 1, due_at timestamptz, at timestamptz not null,
     primary key (mailbox, validity, uid))`,
];
