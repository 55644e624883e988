import type { FieldType } from "./field-type.ts";

const words = new Map<string, boolean>([
  ...["true", "t", "yes", "y", "1", "on", "x", "✓"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "0", "off", "-"].map((word) => [word, false] as const),
]);

/** Yes or no. */
export const boolean: FieldType = {
  name: "boolean",
  label: "Yes or no",
  about: "Yes or no.",
  icon: "check-square",
  widget: "boolean",
  columns: ({ name }) => ({ [name]: "boolean" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: {} },
  value: () => ({ type: "boolean" }),
  type: () => ({ kind: "boolean" }),
  read: (written) => words.get(written.trim().toLowerCase()),
  neverUnique: true,
  asks: "yes_or_no",
  examples: { field: {}, valid: [true, false], invalid: ["true", 0, 1, ""] },
};
