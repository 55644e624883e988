/**
 * Waits are read in the order in which they ring, so many at a time, however many are due at the same moment. Steps of runs
 * change nothing that an index knows: where a page has room for the new row, indexes stay as they are.
 */
export const statements: readonly string[] = [
  `drop index {ws}.ix_timer_due`,
  `create index ix_timer_due on {ws}._timer (due_at, set_at, run) where not held`,
  `alter table {ws}._run set (fillfactor = 80)`,
];
