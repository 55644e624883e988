/**
 * What a timer needs beside its moment: how often it has failed and why. One that is `held` waits for its record to come
 * back from the trash, or for a person to look at why it fails. Runs remember what their history states go back to.
 */
export const statements: readonly string[] = [
  `alter table {ws}._timer add column attempts integer not null default 0`,
  `alter table {ws}._timer add column error text`,
  `alter table {ws}._timer add column held boolean not null default false`,
  `drop index {ws}.ix_timer_due`,
  `create index ix_timer_due on {ws}._timer (due_at) where not held`,
];
