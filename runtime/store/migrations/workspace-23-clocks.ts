/**
 * The clocks of records, by the anchors of their policies: where each stands, and when it has something to tell. `held`
 * are those of records in the trash.
 */
export const statements: readonly string[] = [
  `create table {ws}._clock (
     record uuid not null, policy text not null, clock text not null, entity text not null, calendar text, target text,
     kept jsonb not null, alarms jsonb not null, next_at timestamptz, held boolean not null default false,
     primary key (record, policy, clock))`,
  `create index ix_clock_next on {ws}._clock (next_at) where next_at is not null and not held`,
  `create index ix_clock_policy on {ws}._clock (policy, record)`,
];
