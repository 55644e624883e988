/** Who looks at which record now, and what of it she is editing: one row for each of her tabs, for a few seconds. */
export const statements: readonly string[] = [
  `create table {ws}._presence (
     "user" uuid not null, tab text not null, entity text not null, record uuid not null, field text,
     until timestamptz not null, primary key ("user", tab))`,
  `create index ix_presence_record on {ws}._presence (record)`,
];
