/**
 * People who were or are being erased. `known` is by what they are found in texts and goes when all is erased; what
 * stays tells of nobody. `_erased` are all records that were emptied with them.
 */
export const statements: readonly string[] = [
  `create table {ws}._erasure (
     id uuid primary key, entity text not null, record uuid not null, operation uuid not null, status text not null,
     known jsonb, step integer not null default 0, counts jsonb not null default '{}', by uuid, at timestamptz not null,
     finished_at timestamptz, lease_until timestamptz)`,
  `create index ix_erasure_record on {ws}._erasure (record)`,
  `create table {ws}._erased (record uuid primary key, erasure uuid not null, entity text not null, does text not null)`,
  `create index ix_erased_erasure on {ws}._erased (erasure)`,
];
