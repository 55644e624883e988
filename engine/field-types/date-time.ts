import type { FieldType } from "./field-type.ts";
import { isMoment, normalMoment, readMoment } from "./moments.ts";

/** A moment. Any offset is understood; it is kept and shown in UTC with milliseconds. */
export const dateTime: FieldType = {
  name: "date_time",
  label: "Date and time",
  about: "A moment: day and time.",
  icon: "clock",
  widget: "date_time",
  columns: ({ name }) => ({ [name]: "timestamptz" }),
  json: (sql, { name }) => sql.moment(sql.ref(name)),
  store: (value, { name }) => ({ [name]: typeof value === "string" ? normalMoment(value) : null }),
  keywords: { properties: {} },
  value: () => ({ type: "string", format: "date-time" }),
  normal: (value) => (typeof value === "string" && isMoment(value) ? normalMoment(value) : value),
  type: () => ({ kind: "moment" }),
  read: (written, _field, hints) => readMoment(written, hints),
  indexed: "order",
  examples: {
    field: {},
    valid: ["2024-02-29T23:59:59.999Z", "1900-01-01T00:00:00.000Z"],
    invalid: ["2024-02-30T00:00:00Z", "2024-01-01", "2024-01-01T24:00:00Z", "0001-01-01T00:00:00+01:00", "now", "", 0],
  },
};
