/** What people keep of their ways of looking at records. `body` speaks in names and follows renames; `entity` is an anchor. */
export const statements: readonly string[] = [
  `create table {ws}._view (
     id uuid primary key, owner uuid not null, entity text not null, shared boolean not null, body json not null,
     version integer not null, created_at timestamptz not null, updated_at timestamptz not null)`,
  `create index ix_view_owner on {ws}._view (owner)`,
  `create index ix_view_entity on {ws}._view (entity) where shared`,
];
