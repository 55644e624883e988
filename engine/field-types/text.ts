import type { FieldType } from "./field-type.ts";

/**
 * Every text that PostgreSQL can keep and UTF-8 can carry: no NUL, no half of a surrogate pair. The flag `u`, which Ajv
 * sets, makes `Cs` match lone halves only.
 */
export const plainText = "^[^\\u0000\\p{Cs}]*$";

/** A line of text. */
export const text: FieldType<{ maxLength: number }> = {
  name: "text",
  label: "Text",
  about: "A line of text.",
  icon: "text",
  widget: "text",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: { maxLength: { type: "integer", minimum: 1, maximum: 4000, default: 500 } } },
  value: ({ maxLength }) => ({ type: "string", minLength: 1, maxLength, pattern: plainText }),
  type: () => ({ kind: "text" }),
  searched: true,
  read: (written) => written,
  asks: "text",
  examples: {
    field: { maxLength: 12 },
    valid: ["Ada", "東京", "a\tb", "😀"],
    invalid: ["", "a text of more", "a\u0000b", "\ud800", 5, true, ["Ada"]],
  },
};
