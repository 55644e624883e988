import type { EntityDocument, Property } from "schemas";

/** The fields that every entity has. The engine writes them; `owner` may be given by hand. */
export const systemFields: Readonly<Record<string, Property>> = {
  id: { $anchor: "sys_id", field: "uuid", title: "ID", readOnly: true },
  created_at: { $anchor: "sys_created", field: "date_time", title: "Created", readOnly: true },
  created_by: { $anchor: "sys_creator", field: "reference", to: "user", title: "Created by", readOnly: true },
  updated_at: { $anchor: "sys_updated", field: "date_time", title: "Changed", readOnly: true },
  updated_by: { $anchor: "sys_updater", field: "reference", to: "user", title: "Changed by", readOnly: true },
  owner: { $anchor: "sys_owner", field: "user", title: "Owner" },
  version: { $anchor: "sys_version", field: "integer", title: "Version", readOnly: true },
  deleted_at: { $anchor: "sys_deleted", field: "date_time", title: "Moved to the trash", readOnly: true },
};

/** The field of the engine's own user that holds the names of roles. */
export const rolesAddress = "ent_user#fld_roles";

/** The entities that every workspace has: the only ones whose names the engine knows. */
export const systemEntities: readonly EntityDocument[] = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "user",
    $anchor: "ent_user",
    type: "object",
    title: "User",
    plural: "Users",
    icon: "user",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_name", field: "text", title: "Name", maxLength: 200 },
      email: { $anchor: "fld_email", field: "email", title: "E-mail", unique: true },
      active: { $anchor: "fld_active", field: "boolean", title: "Active", default: true },
      manager: {
        $anchor: "fld_manager",
        field: "reference",
        to: "user",
        title: "Manager",
        inverse: "reports",
        on_delete: "set_null",
      },
      queue_of: {
        $anchor: "fld_queue",
        field: "reference",
        to: "team",
        title: "Queue of",
        description: "A user of this kind is a queue: what it owns waits for somebody of the team.",
        inverse: "queues",
        on_delete: "set_null",
      },
      locale: { $anchor: "fld_locale", field: "text", title: "Language", maxLength: 35 },
      time_zone: { $anchor: "fld_zone", field: "text", title: "Time zone", maxLength: 64 },
      roles: { $anchor: "fld_roles", field: "multi_select", title: "Roles", readOnly: true },
      account_id: { $anchor: "fld_account", field: "text", title: "Account", maxLength: 100, readOnly: true },
    },
    required: ["name"],
  },
  {
    $schema: "urn:trellis:entity:1",
    $id: "team",
    $anchor: "ent_team",
    type: "object",
    title: "Team",
    plural: "Teams",
    icon: "users",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_name", field: "text", title: "Name", maxLength: 200, unique: true },
      parent: {
        $anchor: "fld_parent",
        field: "reference",
        to: "team",
        title: "Part of",
        inverse: "parts",
        on_delete: "set_null",
      },
    },
    required: ["name"],
  },
  {
    $schema: "urn:trellis:entity:1",
    $id: "user_team",
    $anchor: "ent_user_team",
    type: "object",
    title: "Membership",
    plural: "Memberships",
    icon: "user-check",
    properties: {
      user: {
        $anchor: "fld_user",
        field: "reference",
        to: "user",
        title: "User",
        inverse: "memberships",
        on_delete: "cascade",
      },
      team: {
        $anchor: "fld_team",
        field: "reference",
        to: "team",
        title: "Team",
        inverse: "members",
        on_delete: "cascade",
      },
    },
    required: ["user", "team"],
    unique: [["user", "team"]],
  },
];
