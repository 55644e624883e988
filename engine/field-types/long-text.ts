import type { FieldType } from "./field-type.ts";
import { plainText } from "./text.ts";

/** Text of many lines. */
export const longText: FieldType<{ maxLength: number }> = {
  name: "long_text",
  label: "Long text",
  about: "Text of several lines.",
  icon: "lines",
  widget: "long_text",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: { maxLength: { type: "integer", minimum: 1, maximum: 200_000, default: 50_000 } } },
  value: ({ maxLength }) => ({ type: "string", minLength: 1, maxLength, pattern: plainText }),
  type: () => ({ kind: "text" }),
  searched: true,
  read: (written) => written,
  neverUnique: true,
  asks: "lines",
  examples: {
    field: { maxLength: 20 },
    valid: ["one\ntwo", "é"],
    invalid: ["", "far longer than twenty signs", "\u0000", "\udc00x", 1],
  },
};
