/**
 * How often states of workflows were entered and left, and transitions taken. Every step adds rows of its own, so that no
 * two wait for each other; what counts is their sum. `moments` is the sum of the moments of leaving less those of
 * entering, in milliseconds: with so many in a state, it says how long all have stayed there together. What stood before
 * is counted once, as the row without a workflow asks for.
 */
export const statements: readonly string[] = [
  `create table {ws}._passage (id uuid primary key, workflow text not null, counted text not null,
     entered bigint not null, exited bigint not null, moments numeric not null)`,
  `insert into {ws}._passage (id, workflow, counted, entered, exited, moments)
     select '00000000-0000-0000-0000-000000000000', '', '', 0, 0, 0 where exists (select from {ws}._journal)`,
];
