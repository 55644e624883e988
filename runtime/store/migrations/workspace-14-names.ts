/** What incidents and effects hold of their runs is read from these: there it follows when something is renamed. */
export const statements: readonly string[] = [
  `alter table {ws}._incident drop column workflow, drop column entity`,
  `alter table {ws}._effect drop column workflow`,
  // Each page of a record asks for its files.
  `create index ix_file_record on {ws}._file (record, at) where record is not null`,
];
