import { idOf, type ActionType } from "./action-type.ts";

type Other = string | { readonly id: string } | null;

/**
 * Links the record with another: `field` of the record then points at it; with `entity`, the field is the other's, and
 * points at the record. Nothing is done where there is no other.
 */
export const recordLink: ActionType<{ field: string; to: Other; entity?: string }> = {
  name: "record.link",
  label: "Link a record",
  icon: "link",
  mode: "tx",
  right: "update",
  params: {
    type: "object",
    properties: {
      entity: { type: "string", "x-entity": true },
      field: { type: "string", minLength: 1, "x-field": ["reference", "user"] },
      to: { type: "string", minLength: 1 },
    },
    required: ["field", "to"],
    additionalProperties: false,
  },
  effects: ({ field, to, entity }, { record }) => {
    const id = idOf(to);
    if (id === null) return [];
    if (entity === undefined) return [{ do: "record.update", values: { [field]: to } }];
    return [{ do: "record.change", entity, id, values: { [field]: String(record.id) } }];
  },
  examples: {
    valid: [
      { field: "owner", to: "c1" },
      { entity: "thing", field: "about", to: "t1" },
    ],
    invalid: [{}, { field: "owner" }, { field: "", to: "c1" }],
  },
};
