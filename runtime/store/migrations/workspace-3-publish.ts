/** What a publish in phases needs: its progress, what waits to be dropped, and which keys use what. */
export const statements: readonly string[] = [
  `alter table {ws}._change add column mappings jsonb not null default '{}'`,
  // A publish that prepares or finishes online. Whoever holds the lease works on it; \`touches\` are anchors of entities.
  `create table {ws}._publish (
     id uuid primary key, operation uuid not null, status text not null, kind text not null, subject text,
     author uuid, mapping jsonb not null default '{}', touches text[] not null, version integer,
     cleanup jsonb not null default '[]', finish jsonb not null default '[]', begun_at timestamptz not null,
     owner uuid not null, lease_until timestamptz not null)`,
  `create index ix_publish_status on {ws}._publish (status)`,
  // What versions have hidden: an entity's anchor or a field's address, and how the values were converted.
  `create table {ws}._gone (address text primary key, hidden_at timestamptz not null, mapping jsonb)`,
  // Which key used which entity, and which of its fields by name, on which day; an empty field is the whole record.
  `create table {ws}._key_use (
     key uuid not null, entity text not null, field text not null, day date not null, used_at timestamptz not null,
     primary key (key, entity, field, day))`,
  `create index ix_key_use_entity on {ws}._key_use (entity, day)`,
];
