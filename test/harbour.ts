import { createHash } from "node:crypto";
import type { EntityDocument, Property, RoleDocument } from "schemas";
import type { World } from "./world.ts";

const property = (anchor: string, given: Omit<Property, "$anchor">): Property =>
  ({ $anchor: anchor, ...given }) as Property;

const entity = (name: string, given: Omit<EntityDocument, "$schema" | "$id" | "$anchor" | "type">): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  ...given,
});

/** Entities that are nobody's: harbours, ships that lie there, and what sailors log. */
export const harbourDocuments: readonly (EntityDocument | RoleDocument)[] = [
  entity("harbour", {
    title: "Harbour",
    name_field: "name",
    properties: {
      name: property("fld_name", { field: "text", title: "Name", maxLength: 60, unique: true }),
      parent: property("fld_parent", { field: "reference", to: "harbour", title: "Part of", on_delete: "cascade" }),
    },
    required: ["name"],
  }),
  entity("ship", {
    title: "Ship",
    name_field: "name",
    properties: {
      name: property("fld_name", { field: "text", title: "Name", maxLength: 60 }),
      code: property("fld_code", { field: "text", title: "Code", maxLength: 20, unique: true }),
      number: property("fld_number", { field: "auto_number", pattern: "S-{0000}", title: "Number" }),
      home: property("fld_home", { field: "reference", to: "harbour", title: "Home", on_delete: "restrict" }),
      berth: property("fld_berth", { field: "reference", to: "harbour", title: "Berth", on_delete: "set_null" }),
      price: property("fld_price", { field: "money", title: "Price", minimum: 0 }),
      crew: property("fld_crew", { field: "integer", title: "Crew", minimum: 0 }),
      load: property("fld_load", { field: "decimal", title: "Load" }),
      built: property("fld_built", { field: "date", title: "Built" }),
      seen: property("fld_seen", { field: "date_time", title: "Seen" }),
      sails: property("fld_sails", { field: "boolean", title: "Sails", default: true }),
      flags: property("fld_flags", {
        field: "multi_select",
        title: "Flags",
        choices: [
          { value: "red", title: "Red" },
          { value: "blue", title: "Blue" },
        ],
      }),
      papers: property("fld_papers", { field: "json", title: "Papers" }),
      secret: property("fld_secret", { field: "text", title: "Secret" }),
      sold: property("fld_sold", { field: "boolean", title: "Sold" }),
      dear: property("fld_dear", {
        field: "formula",
        title: "Dear",
        result: "boolean",
        value: { cel: "price.amount > 1000" },
      }),
    },
    required: ["name"],
    rules: [
      {
        $anchor: "rule_sold",
        when: { cel: "sold == true" },
        require: { cel: "price != null && home.name != null" },
        message: "A sold ship needs a price and a home.",
      },
    ],
  }),
  entity("entry", {
    title: "Entry",
    plural: "Entries",
    name_field: "text",
    activity: { about: "about", at: "held" },
    properties: {
      text: property("fld_text", { field: "text", title: "Text" }),
      about: property("fld_about", {
        field: "reference",
        to: ["ship", "harbour"],
        title: "About",
        on_delete: "cascade",
      }),
      held: property("fld_held", { field: "date_time", title: "Held" }),
      whisper: property("fld_whisper", { field: "text", title: "Whisper" }),
    },
    required: ["text"],
  }),
  {
    $schema: "urn:trellis:role:1",
    $id: "sailor",
    $anchor: "role_sailor",
    title: "Sailor",
    entities: {
      harbour: { read: "all" },
      ship: {
        create: "own",
        read: "own",
        update: "own",
        delete: "own",
        fields: { secret: { read: "none", write: "none" }, load: { write: "none" } },
      },
      entry: {
        create: "own",
        read: "own",
        update: "own",
        delete: "own",
        fields: { whisper: { read: "none", write: "none" } },
      },
    },
  },
];

/**
 * A hash over every row of every table of the workspace but those named: what "nothing was stored" means. Who used which
 * key is noted whatever the answer.
 */
export async function dump(world: World, without: readonly string[] = []): Promise<Readonly<Record<string, string>>> {
  const tables = await world.sql(
    "select table_name as name from information_schema.tables where table_schema = $1 order by 1",
    [world.workspace.schemaName],
  );
  const hashes: Record<string, string> = {};
  for (const { name } of tables as { name: string }[]) {
    if (name === "_key_use" || without.includes(name)) continue;
    const rows = await world.sql(`select to_jsonb(t)::text as row from {ws}."${name}" t order by 1`);
    hashes[name] = `${rows.length} ${createHash("sha256")
      .update(rows.map(({ row }) => row).join("\n"))
      .digest("hex")}`;
  }
  return hashes;
}

/**
 * The engine's own memory: it stays when an operation is undone. What passed through states is counted by what is added,
 * and taken back by what is added to that.
 */
export const memory = ["_history", "_event", "_operation", "_idempotency", "_undone", "_passage"] as const;
