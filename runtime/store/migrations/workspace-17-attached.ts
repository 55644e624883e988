/** Files that people take away from their record stay for undo to bring back. */
export const statements: readonly string[] = [`alter table {ws}._file add column removed_at timestamptz`];
