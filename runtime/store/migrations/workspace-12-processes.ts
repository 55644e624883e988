/** What runs that others have begun gave back, and by which step of the other they were begun together. */
export const statements: readonly string[] = [
  `alter table {ws}._run add column generation integer not null default 0`,
  `alter table {ws}._run add column output jsonb`,
];
