import type { FieldType } from "./field-type.ts";

/** A whole number from 0 to `maximum`. Zero means "rated, and poor"; an unrated record holds null. */
export const rating: FieldType<{ maximum: number }> = {
  name: "rating",
  label: "Rating",
  about: "One to five stars.",
  icon: "star",
  widget: "stars",
  columns: ({ name }) => ({ [name]: "integer" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: {
    properties: { maximum: { type: "integer", minimum: 1, maximum: 10, default: 5 } },
    required: ["maximum"],
  },
  value: ({ maximum }) => ({ type: "integer", minimum: 0, maximum }),
  type: () => ({ kind: "number" }),
  read: (written, { maximum }) => {
    const stars = /^\s*\d{1,2}\s*$/.test(written) ? Number(written) : undefined;
    return stars !== undefined && stars <= maximum ? stars : undefined;
  },
  asks: "number",
  examples: { field: { maximum: 5 }, valid: [0, 3, 5], invalid: [-1, 6, 2.5, "5"] },
};
