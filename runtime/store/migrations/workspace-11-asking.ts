/**
 * Who asked for what is done later: for whom somebody acted, and the roles that a key left of hers. The operations that
 * began and ended a delegation, in their order, by which it is undone. What the engine itself has to tell, as a code with
 * its words, so that each reader hears it in her language.
 */
export const statements: readonly string[] = [
  "alter table {ws}._import add column acting uuid, add column narrowed text[]",
  "alter table {ws}._export add column acting uuid, add column narrowed text[]",
  "alter table {ws}._file add column acting uuid",
  `alter table {ws}._delegation add column begun_by uuid[] not null default '{}', add column ended_by uuid[] not null default '{}'`,
  "alter table {ws}._notification add column told jsonb",
];
