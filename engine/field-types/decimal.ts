import type { FieldType } from "./field-type.ts";
import { boundsKeywords, decimalSchema, normalDecimal, readDecimal, type Bounds } from "./numbers.ts";

/** An exact decimal number. It travels as a string, for JSON's numbers lose digits. */
export const decimal: FieldType<Bounds> = {
  name: "decimal",
  label: "Decimal number",
  about: "A number with places behind the point.",
  icon: "decimal",
  widget: "decimal",
  columns: ({ name }) => ({ [name]: "numeric" }),
  json: (sql, { name }) => sql.text(sql.ref(name)),
  keywords: { properties: boundsKeywords },
  value: decimalSchema,
  normal: normalDecimal,
  type: () => ({ kind: "number" }),
  read: (written, _field, hints) => readDecimal(written, hints),
  asks: "number",
  examples: {
    field: { minimum: -10, maximum: 100, places: 3 },
    valid: ["0", "-10", "99.999", "0.10", "100.000"],
    invalid: ["-10.001", "101", "1.2345", "1e2", "01", "-0", "+1", ".5", "5.", "", "NaN", 5, "1,5"],
  },
};
