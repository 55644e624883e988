/** Until when a record is shared; without it there is no end. */
export const statements: readonly string[] = ["alter table {ws}._share add column until_at timestamptz"];
