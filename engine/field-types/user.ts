import type { FieldType } from "./field-type.ts";
import { idSchema, normalId, referringKeywords, type Referring } from "./reference.ts";
import { readUuid } from "./uuid.ts";

/** Points at a user of the workspace. */
export const user: FieldType<Omit<Referring, "to">> = {
  name: "user",
  label: "User",
  about: "A person of this workspace.",
  icon: "user",
  widget: "user",
  columns: ({ name }) => ({ [name]: "uuid" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: referringKeywords },
  value: () => idSchema,
  normal: (value) => normalId(value, "user"),
  type: () => ({ kind: "record", entities: ["user"] }),
  read: readUuid,
  indexed: "match",
  examples: {
    field: {},
    valid: ["01890a5d-ac96-774b-bcce-b302099a8057"],
    invalid: ["Ada", "", 1, { id: "01890a5d-ac96-774b-bcce-b302099a8057" }],
  },
};
