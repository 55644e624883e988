/** The highest version that an undo has taken from a record: no version is ever used twice. */
export const statements: readonly string[] = [
  `create table {ws}._undone (record uuid primary key, version integer not null)`,
  `insert into {ws}._undone (record, version)
   select h.record, max(h.version) from {ws}._history as h
   where h.record in (select u.record from {ws}._history as u join {ws}._operation as o on o.id = u.operation
     where o.undoes is not null)
   group by h.record`,
];
