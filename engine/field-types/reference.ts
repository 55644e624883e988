import type { FieldType, JsonSchema } from "./field-type.ts";
import { readUuid, uuidText } from "./uuid.ts";

/** What a reference says about the other side. */
export interface Referring {
  /** One entity, or a list: then the record names the entity as well. */
  readonly to: string | readonly string[];
  /** The name of the list on the target. */
  readonly inverse?: string;
  /** What becomes of this record when the one it points at goes to the trash. */
  readonly on_delete: "restrict" | "cascade" | "set_null";
  /** What becomes of this record when the person it points at is erased: its texts go, or it is kept and her name in it masked. */
  readonly on_erase?: "keep" | "empty";
  /** The record is part of the one that it points at: whoever that is shared with is shared this as well. */
  readonly owned?: boolean;
}

/** A reference to a record of one of several entities, as it travels. */
export interface Pointer {
  readonly entity: string;
  readonly id: string;
}

const entityName = { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$", "x-document": "entity" } as const;

/** The keywords of every type that points at records. */
export const referringKeywords = {
  inverse: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
  on_delete: { enum: ["restrict", "cascade", "set_null"], default: "set_null" },
} as const;

/** An id as the whole value of a reference to one entity. */
export const idSchema: JsonSchema = { type: "string", pattern: uuidText };

/** An id of one entity's records, however it was said: the record that a read answered will do as well. */
export function normalId(value: unknown, entity: string): unknown {
  if (typeof value === "string") return value.toLowerCase();
  if (typeof value !== "object" || value === null || !("id" in value) || typeof value.id !== "string") return value;
  return "entity" in value && value.entity !== entity ? value : value.id.toLowerCase();
}

function normalPointer(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("id" in value) || typeof value.id !== "string") return value;
  return "entity" in value ? { entity: value.entity, id: value.id.toLowerCase() } : value;
}

/** Points at a record of one entity by a column, at one of several by two. */
export const reference: FieldType<Referring> = {
  name: "reference",
  label: "Reference",
  about: "Points at a record of another entity.",
  icon: "reference",
  widget: "reference",
  columns: ({ name, to }) =>
    typeof to === "string" ? { [name]: "uuid" } : { [`${name}_entity`]: "text", [`${name}_id`]: "uuid" },
  json: (sql, { name, to }) =>
    typeof to === "string"
      ? sql.ref(name)
      : sql.object({ entity: sql.ref(`${name}_entity`), id: sql.ref(`${name}_id`) }, sql.ref(`${name}_id`)),
  store: (value, { name, to }) => {
    const { entity = null, id = null } = (
      typeof value === "string" ? { id: value } : (value ?? {})
    ) as Partial<Pointer>;
    return typeof to === "string" ? { [name]: id } : { [`${name}_entity`]: entity, [`${name}_id`]: id };
  },
  keywords: {
    properties: {
      to: { anyOf: [entityName, { type: "array", items: entityName, minItems: 1, maxItems: 50, uniqueItems: true }] },
      ...referringKeywords,
      on_erase: { enum: ["keep", "empty"] },
      owned: { type: "boolean" },
    },
    required: ["to"],
  },
  value: ({ to }) =>
    typeof to === "string"
      ? idSchema
      : {
          type: "object",
          properties: { entity: { enum: to }, id: idSchema },
          required: ["entity", "id"],
          additionalProperties: false,
        },
  normal: (value, { to }) => (typeof to === "string" ? normalId(value, to) : normalPointer(value)),
  type: ({ to }) => ({ kind: "record", entities: typeof to === "string" ? [to] : to }),
  read: (written, { to }) => {
    if (typeof to === "string") return readUuid(written);
    const [entity = "", id = ""] = written.trim().split("/");
    const known = readUuid(id);
    return known !== undefined && to.includes(entity) ? { entity, id: known } : undefined;
  },
  write: (value) => (typeof value === "string" ? value : `${(value as Pointer).entity}/${(value as Pointer).id}`),
  indexed: "match",
  examples: {
    field: { to: ["person", "house"] },
    valid: [{ entity: "person", id: "01890a5d-ac96-774b-bcce-b302099a8057" }],
    invalid: [
      "01890a5d-ac96-774b-bcce-b302099a8057",
      { entity: "ship", id: "01890a5d-ac96-774b-bcce-b302099a8057" },
      { entity: "person" },
      { id: "01890a5d-ac96-774b-bcce-b302099a8057" },
      { entity: "person", id: "1" },
    ],
  },
};
