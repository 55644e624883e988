/**
 * What has happened: append-only, each once by what told of it. Facts of somebody who is not known yet have no record
 * until they are attached to one.
 */
export const statements: readonly string[] = [
  `create table {ws}._fact (
     id uuid primary key, type text not null, entity text, record uuid, at timestamptz not null, received_at timestamptz not null,
     source text not null, source_id text not null, data jsonb not null)`,
  `create unique index ix_fact_source on {ws}._fact (source, source_id)`,
  `create index ix_fact_record on {ws}._fact (record, type, at desc, id) where record is not null`,
  `create index ix_fact_open on {ws}._fact using gin (data jsonb_path_ops) where record is null`,
];
