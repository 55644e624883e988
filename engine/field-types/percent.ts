import type { FieldType } from "./field-type.ts";
import { boundsKeywords, decimalSchema, normalDecimal, readDecimal, type Bounds } from "./numbers.ts";

/** A percentage: "10" is ten per cent. */
export const percent: FieldType<Bounds> = {
  name: "percent",
  label: "Percent",
  about: "A share of a hundred.",
  icon: "percent",
  widget: "percent",
  columns: ({ name }) => ({ [name]: "numeric" }),
  json: (sql, { name }) => sql.text(sql.ref(name)),
  keywords: { properties: boundsKeywords },
  value: decimalSchema,
  normal: normalDecimal,
  type: () => ({ kind: "number" }),
  read: (written, _field, hints) => readDecimal(written.replace(/[%％]$/, "").trimEnd(), hints),
  asks: "number",
  examples: {
    field: { minimum: 0, maximum: 100, places: 2 },
    valid: ["0", "12.5", "100"],
    invalid: ["-1", "100.01", "1.234", 10, "10%"],
  },
};
