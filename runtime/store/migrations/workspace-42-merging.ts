/**
 * What a merge brings along and an undo takes back: facts, browsers, what was written on portals, watchers; clocks as they
 * stood before an operation; and who wants to hear of a record.
 */
export const statements: readonly string[] = [
  `alter table {ws}._moved drop constraint if exists _moved_kind_check`,
  // Without `was` the clock was not there yet.
  `create table {ws}._clock_before (
     operation uuid not null, record uuid not null, policy text not null, clock text not null, was jsonb,
     primary key (operation, record, policy, clock))`,
  // `entity` is an anchor.
  `create table {ws}._watch (
     record uuid not null, "user" uuid not null, entity text not null, at timestamptz not null, primary key (record, "user"))`,
];
