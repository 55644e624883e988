/** Notes that people write for each other about a record, and what was brought from one record to another by a merge. */
export const statements: readonly string[] = [
  // \`entity\` is an anchor.
  `create table {ws}._note (
     id uuid primary key, entity text not null, record uuid not null, text text not null, by uuid, acting uuid,
     at timestamptz not null, mentions uuid[] not null default '{}')`,
  `create index ix_note_record on {ws}._note (record, at)`,
  // Mails, notes and files, and the record that each stood at before.
  `create table {ws}._moved (
     operation uuid not null, kind text not null check (kind in ('mail', 'aside', 'file', 'joined')), id uuid not null, origin uuid not null,
     primary key (kind, id, operation))`,
  `create index ix_moved_operation on {ws}._moved (operation)`,
];
