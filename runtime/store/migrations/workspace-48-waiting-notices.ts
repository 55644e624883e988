/** Which run asked for a notification that waits for its hour. */
export const statements: readonly string[] = ["alter table {ws}._notification add column run uuid"];
