/**
 * Segments that are being built, and those that are being taken apart, which have no entity: by which publish, and behind
 * which record it goes on. `told` says that nobody hears of whom it brings.
 */
export const statements: readonly string[] = [
  `create table {ws}._segment_build (
     segment text primary key, publish uuid not null, entity text, told boolean not null,
     behind uuid not null default '00000000-0000-0000-0000-000000000000', done integer not null default 0)`,
];
