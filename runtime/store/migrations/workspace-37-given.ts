/** When people were given a record the last time, by which field: where a rule asks who has waited longest. */
export const statements: readonly string[] = [
  `create table {ws}._given (person uuid not null, entity text not null, field text not null, at timestamptz not null,
     times integer not null default 1, primary key (person, entity, field))`,
];
