/**
 * What was said of consents, by address and purpose, and how they stand after it: the first is never changed, the second
 * follows from it. Addresses that nothing is sent to are kept as salted hashes: they outlive whoever they belonged to.
 */
export const statements: readonly string[] = [
  `create table {ws}._consent (
     id uuid primary key, channel text not null, address text not null, purpose text not null, action text not null,
     basis text not null, confirms boolean not null, wording text, wording_hash text, form text, form_version integer,
     source text not null, at timestamptz not null, received_at timestamptz not null, expires_at timestamptz,
     entity text, record uuid, by uuid, operation uuid not null, proof jsonb)`,
  `create index ix_consent_address on {ws}._consent (address, purpose, channel, at, id)`,
  `create index ix_consent_record on {ws}._consent (record) where record is not null`,
  `create table {ws}._consent_state (
     channel text not null, address text not null, purpose text not null, state text not null,
     since timestamptz not null, expires_at timestamptz, primary key (purpose, channel, address))`,
  `create index ix_consent_state_address on {ws}._consent_state (address)`,
  `create table {ws}._suppression (
     channel text not null, address_hash bytea not null, reason text not null, at timestamptz not null,
     primary key (channel, address_hash))`,
];
