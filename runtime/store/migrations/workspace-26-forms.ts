/** What keeps forms for everybody from being misused: work that was shown once, and how often somebody comes. */
export const statements: readonly string[] = [
  `create table {ws}._spent (challenge text primary key, hash text not null, at timestamptz not null)`,
  `create index ix_spent_at on {ws}._spent (at)`,
  `create table {ws}._rate (key text primary key, count integer not null, since timestamptz not null)`,
  `create index ix_rate_since on {ws}._rate (since)`,
  // A link confirms all that was given at once.
  `create index ix_consent_operation on {ws}._consent (operation) where action = 'grant'`,
];
