/** Which version of the model let the runs of a version go on by another: until now, as a rule, the one that they went on by. */
export const statements: readonly string[] = [
  `alter table {ws}._workflow_version add column moved_by integer`,
  `update {ws}._workflow_version set moved_by = follows where follows is not null`,
];
