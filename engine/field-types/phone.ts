import type { FieldType } from "./field-type.ts";

const number = "^(?:[^0-9]*[0-9]){3}[^\\u0000]*$";
const signs = "^[+0-9 ().,/#*;:xXeEtT-]{3,50}$";

/** A telephone number as a person wrote it, extension included. */
export const phone: FieldType = {
  name: "phone",
  label: "Phone",
  about: "A telephone number.",
  icon: "phone",
  widget: "phone",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: {} },
  value: () => ({ type: "string", allOf: [{ pattern: signs }, { pattern: number }] }),
  type: () => ({ kind: "text" }),
  reaches: "phone",
  searched: true,
  read: (written) => (new RegExp(signs).test(written) && new RegExp(number).test(written) ? written : undefined),
  asks: "tel",
  examples: {
    field: {},
    valid: ["+49 30 1234567", "(02) 555-0100 ext. 12", "110"],
    invalid: ["", "no number", "12", "+", "1".repeat(51), 110],
  },
};
