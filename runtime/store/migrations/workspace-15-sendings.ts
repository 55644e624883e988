/** What caps count: when a record was written to by a way, or will be. */
export const statements: readonly string[] = [
  `create table {ws}._sent (run uuid not null, record uuid not null, channel text not null, at timestamptz not null,
     operation uuid not null)`,
  `create index ix_sent_record on {ws}._sent (record, at)`,
  `create index ix_sent_run on {ws}._sent (run)`,
  `create index ix_sent_at on {ws}._sent (at)`,
];
