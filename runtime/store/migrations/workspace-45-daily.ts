/**
 * Sums of records by day: of which table each report's are, by which definition, and up to which day they go. A mark tells
 * that something has changed in a day: it is written with what has changed, and goes when the day is summed up anew.
 */
export const statements: readonly string[] = [
  `create table {ws}._daily (
     daily text primary key, signature text not null, relation text not null, until date not null default '-infinity',
     whole boolean not null default false)`,
  `create table {ws}._daily_mark (id uuid primary key, daily text not null, day date not null)`,
  `create index ix_daily_mark on {ws}._daily_mark (daily, day)`,
];
