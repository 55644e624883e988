import { structureName } from "engine/sql";

const queueAddress = "ent_user#fld_queue";

/**
 * Records that were shared one by one, and people who act in the place of others for a time. A grantee is a user or a
 * team; `entity` is an anchor. A workspace that stands already gets the field that makes a user a queue.
 */
export const statements: readonly string[] = [
  `create table {ws}._share (
     record uuid not null, grantee uuid not null, entity text not null, team boolean not null, writes boolean not null,
     at timestamptz not null, by uuid, primary key (record, grantee))`,
  `create index ix_share_grantee on {ws}._share (grantee, entity, record, writes)`,
  `create table {ws}._delegation (
     id uuid primary key, giver uuid not null, taker uuid not null, from_at timestamptz not null,
     until_at timestamptz not null, at timestamptz not null, ended_at timestamptz)`,
  `create index ix_delegation_taker on {ws}._delegation (taker, giver)`,
  `create index ix_delegation_giver on {ws}._delegation (giver)`,
  `alter table if exists {ws}."user" add column if not exists queue_of uuid`,
  `alter table if exists {ws}."user" add constraint "${structureName("fk", [queueAddress], "ent_team")}"
     foreign key (queue_of) references {ws}.team (id)`,
];
