/**
 * How records stand with scores: their fit, their points by half-life as of a moment, and when decay alone changes what
 * follows from it. `stale` is what a publish has not worked out yet. Scores are known by their anchors.
 */
export const statements: readonly string[] = [
  `create table {ws}._score (
     score text not null, record uuid not null, fit double precision not null default 0, behaviour jsonb not null default '{"pools":{},"caps":{}}',
     over boolean not null default false, grade text, since timestamptz not null, due_at timestamptz, stale boolean not null default false,
     primary key (score, record))`,
  `create index ix_score_record on {ws}._score (record)`,
  `create index ix_score_due on {ws}._score (due_at) where due_at is not null`,
];
