import { choiceSchema, choosingKeywords, readChoice, type Choosing } from "./choices.ts";
import type { FieldType } from "./field-type.ts";

/** Any of several choices, each once, in the order that the person gave them. */
export const multiSelect: FieldType<Choosing> = {
  name: "multi_select",
  label: "Choices",
  about: "Any number of choices.",
  icon: "list-checks",
  widget: "multi_select",
  columns: ({ name }) => ({ [name]: "text[]" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: choosingKeywords },
  value: (field) => ({ type: "array", items: choiceSchema(field), uniqueItems: true, minItems: 1, maxItems: 500 }),
  type: ({ choices = [] }) => ({ kind: "list", of: { kind: "choice", values: choices.map(({ value }) => value) } }),
  read: (written, field) => {
    const parts = written.split(written.includes(";") ? ";" : /[,\n]/).filter((part) => part.trim() !== "");
    const values = parts.map((part) => readChoice(part, field));
    return values.length === 0 || values.includes(undefined) ? undefined : [...new Set(values)];
  },
  write: (value) => (value as readonly string[]).join("; "),
  neverUnique: true,
  asks: "some_of",
  examples: {
    field: {
      choices: [
        { value: "tea", title: "Tea" },
        { value: "coffee", title: "Coffee" },
      ],
    },
    valid: [["tea"], ["coffee", "tea"]],
    invalid: [[], ["milk"], ["tea", "tea"], "tea", [1]],
  },
};
