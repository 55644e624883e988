/**
 * Pairs of records that are alike by a duplicate rule, which is known by its anchor: the smaller id first. Those that were
 * decided are not the same, for ever. How far the records that stood before a rule, or before what it says now, were searched
 * is kept beside.
 */
export const statements: readonly string[] = [
  `create table {ws}._alike (
    id uuid not null unique,
    rule text not null,
    one uuid not null,
    other uuid not null,
    at timestamptz not null,
    by uuid,
    operation uuid not null,
    reason text,
    decided_at timestamptz,
    decided_by uuid,
    primary key (one, other))`,
  `create table {ws}._alike_search (
    rule text primary key,
    said text not null,
    after uuid,
    done_at timestamptz)`,
  `create index on {ws}._alike (other)`,
  `create index on {ws}._alike (rule, at desc, id desc)`,
];
