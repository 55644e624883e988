import type { FieldType } from "./field-type.ts";
import { readDay } from "./moments.ts";

/** A day of the calendar, without a time and without a zone. */
export const date: FieldType = {
  name: "date",
  label: "Date",
  about: "A day, without a time.",
  icon: "calendar",
  widget: "date",
  columns: ({ name }) => ({ [name]: "date" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: {} },
  value: () => ({ type: "string", format: "date" }),
  type: () => ({ kind: "date" }),
  read: (written, _field, hints) => readDay(written, hints),
  indexed: "order",
  asks: "date",
  examples: {
    field: {},
    valid: ["2016-10-20", "2024-02-29", "0001-01-01", "9999-12-31"],
    invalid: ["2023-02-29", "0000-01-01", "2016-13-01", "20.10.2016", "2016-10-20T00:00:00Z", "", 20161020],
  },
};
