/** Functions that every workspace's SQL may call. */
export const trellisFunctions: readonly string[] = [
  // What an expression makes that is larger than 1e30 is null, in SQL as in JavaScript.
  `create function trellis.bounded(value numeric) returns numeric language sql immutable parallel safe
     as 'select case when abs(value) <= 1e30 then value end'`,
];

/**
 * What belongs to no workspace: workspaces, accounts and sessions (the tables of better-auth, named by what they hold),
 * keys, secrets. `account` is a person who can sign in, `credential` what she proves it with.
 */
export const statements: readonly string[] = [
  ...trellisFunctions,
  `create table trellis.workspace (
     name text primary key, schema text not null unique, model_version integer not null default 0,
     created_at timestamptz not null)`,
  `create table trellis.secret (name text primary key, value bytea not null)`,
  `create table trellis.account (
     id text primary key, name text not null, email text not null unique, "emailVerified" boolean not null, image text,
     "createdAt" timestamptz not null, "updatedAt" timestamptz not null)`,
  `create table trellis.session (
     id text primary key, "expiresAt" timestamptz not null, token text not null unique,
     "createdAt" timestamptz not null, "updatedAt" timestamptz not null, "ipAddress" text, "userAgent" text,
     "userId" text not null references trellis.account (id) on delete cascade)`,
  `create index ix_session_user on trellis.session ("userId")`,
  `create table trellis.credential (
     id text primary key, "accountId" text not null, "providerId" text not null,
     "userId" text not null references trellis.account (id) on delete cascade, "accessToken" text, "refreshToken" text,
     "idToken" text, "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, scope text,
     password text, "createdAt" timestamptz not null, "updatedAt" timestamptz not null)`,
  `create index ix_credential_user on trellis.credential ("userId")`,
  `create table trellis.verification (
     id text primary key, identifier text not null, value text not null, "expiresAt" timestamptz not null,
     "createdAt" timestamptz not null, "updatedAt" timestamptz not null)`,
  `create index ix_verification_identifier on trellis.verification (identifier)`,
  `create table trellis.rate_limit (
     id text primary key, key text not null unique, count integer not null, "lastRequest" bigint not null)`,
  `create table trellis.api_key (
     id uuid primary key, workspace text not null, "user" uuid not null, name text not null, hash text not null unique,
     prefix text not null, roles text[], expires_at timestamptz, created_at timestamptz not null, created_by uuid,
     revoked_at timestamptz, used_at timestamptz)`,
];
