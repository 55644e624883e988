/** Which operation has sent an event to runs, and which one a run has made of it: what is undone is taken back there too. */
export const statements: readonly string[] = [
  `alter table {ws}._heard add column operation uuid`,
  `create index ix_heard_operation on {ws}._heard (operation)`,
  `alter table {ws}._hearing add column operation uuid`,
];
