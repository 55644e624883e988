/**
 * Who is in which segment and since when, who came and went, and when time alone may change it next. Segments are known
 * by their anchors.
 */
export const statements: readonly string[] = [
  `create table {ws}._segment_member (segment text not null, record uuid not null, since timestamptz not null,
     primary key (segment, record))`,
  `create index ix_segment_member_record on {ws}._segment_member (record)`,
  `create table {ws}._segment_change (
     segment text not null, record uuid not null, at timestamptz not null, change text not null, cause text not null,
     operation uuid not null, told boolean not null default true, primary key (segment, record, operation, change))`,
  `create index ix_segment_change_record on {ws}._segment_change (record, at)`,
  `create index ix_segment_change_untold on {ws}._segment_change (at, record) where not told`,
  `create table {ws}._segment_due (segment text not null, record uuid not null, due_at timestamptz not null,
     primary key (segment, record))`,
  `create index ix_segment_due_at on {ws}._segment_due (due_at)`,
];
