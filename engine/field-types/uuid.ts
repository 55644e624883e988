import type { FieldType } from "./field-type.ts";

/** An id as we write it: in lower case, as PostgreSQL gives it back. */
export const uuidText = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

const pattern = new RegExp(uuidText);

/** An id as a text of a file says it, or nothing. */
export function readUuid(written: string): string | undefined {
  const text = written.trim().toLowerCase();
  return pattern.test(text) ? text : undefined;
}

/** What points at a record has its id. */
const idIn = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "id" in value ? value.id : value;

/** The id of a record. */
export const uuid: FieldType = {
  name: "uuid",
  label: "ID",
  about: "An identity that a machine has given.",
  icon: "key",
  widget: "text",
  columns: ({ name }) => ({ [name]: "uuid" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: {} },
  value: () => ({ type: "string", pattern: uuidText }),
  type: () => ({ kind: "id" }),
  normal: idIn,
  read: readUuid,
  examples: {
    field: {},
    valid: ["01890a5d-ac96-774b-bcce-b302099a8057"],
    invalid: ["", "01890a5d", "01890A5D-AC96-774B-BCCE-B302099A8057", 1],
  },
};
