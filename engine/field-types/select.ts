import { choiceSchema, choosingKeywords, readChoice, type Choosing } from "./choices.ts";
import type { FieldType } from "./field-type.ts";

/** One of several choices. A column of text: a choice can be renamed on screen without touching a row. */
export const select: FieldType<Choosing> = {
  name: "select",
  label: "Choice",
  about: "One of several choices.",
  icon: "select",
  widget: "select",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: choosingKeywords },
  value: choiceSchema,
  type: ({ choices = [] }) => ({ kind: "choice", values: choices.map(({ value }) => value) }),
  read: readChoice,
  asks: "one_of",
  examples: {
    field: {
      choices: [
        { value: "new", title: "New business" },
        { value: "old", title: "Returning" },
      ],
    },
    valid: ["new", "old"],
    invalid: ["", "New business", "other", ["new"], 1],
  },
};
