/**
 * The second factor of an account (the table of better-auth's plugin, its secrets encrypted), and which codes were used
 * lately: none opens anything twice.
 */
export const statements: readonly string[] = [
  `alter table trellis.account add column "twoFactorEnabled" boolean not null default false`,
  `create table trellis.second_factor (
     id text primary key, "userId" text not null unique references trellis.account (id) on delete cascade,
     secret text not null, "backupCodes" text not null, verified boolean not null default false,
     "failedVerificationCount" integer not null default 0, "lockedUntil" timestamptz)`,
  `create table trellis.used_code (
     account text not null references trellis.account (id) on delete cascade, hash text not null,
     at timestamptz not null, primary key (account, hash))`,
];
