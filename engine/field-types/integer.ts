import type { FieldType } from "./field-type.ts";
import { readDecimal } from "./numbers.ts";

const limit = Number.MAX_SAFE_INTEGER;

/** A whole number that JavaScript keeps exactly. */
export const integer: FieldType<{ minimum: number; maximum: number }> = {
  name: "integer",
  label: "Whole number",
  about: "A whole number.",
  icon: "number",
  widget: "integer",
  columns: ({ name }) => ({ [name]: "bigint" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: {
    properties: {
      minimum: { type: "integer", minimum: -limit, maximum: limit, default: -limit },
      maximum: { type: "integer", minimum: -limit, maximum: limit, default: limit },
    },
  },
  value: ({ minimum, maximum }) => ({ type: "integer", minimum, maximum }),
  type: () => ({ kind: "number" }),
  read: (written, _field, hints) => {
    const digits = readDecimal(written, hints);
    const number = Number(digits);
    return digits !== undefined && Number.isSafeInteger(number) ? number : undefined;
  },
  asks: "number",
  examples: {
    field: { minimum: -5, maximum: limit },
    valid: [0, -5, 1_500_000, limit],
    invalid: [-6, 1.5, "5", limit + 1, true],
  },
};
