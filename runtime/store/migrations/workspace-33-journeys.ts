/**
 * Why workflows did not begin on records that something would have begun them on: the last time for each reason, and how
 * often. How runs began and ended is counted beside their states: what stood before is counted anew, once.
 */
export const statements: readonly string[] = [
  `create table {ws}._unbegun (record uuid not null, workflow text not null, why text not null, earliest timestamptz,
     at timestamptz not null, operation uuid, times integer not null default 1, primary key (record, workflow, why))`,
  `insert into {ws}._passage (id, workflow, counted, entered, exited, moments)
     select '00000000-0000-0000-0000-000000000000', '', '', 0, 0, 0 where exists (select from {ws}._journal)
     on conflict do nothing`,
];
