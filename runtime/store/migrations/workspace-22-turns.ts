/** Timers that are due at the same moment ring in the order in which they were set: when, and as which of their step. */
export const statements: readonly string[] = [
  `alter table {ws}._timer add column set_at timestamptz not null default '1970-01-01T00:00:00Z'`,
  `alter table {ws}._timer add column place integer not null default 0`,
];
