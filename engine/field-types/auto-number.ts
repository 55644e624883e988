import type { FieldType } from "./field-type.ts";

/** The `n`-th number of a pattern: `D-{0000}` and 12 give `D-0012`. A number that has more digits keeps them all. */
export function numbered(pattern: string, n: number | bigint): string {
  return pattern.replace(/\{(0+)\}/, (_, zeros: string) => String(n).padStart(zeros.length, "0"));
}

/** A number that the engine gives, one after the other in the order of commit. */
export const autoNumber: FieldType<{ pattern: string }> = {
  name: "auto_number",
  label: "Number",
  about: "Numbers records one after another, by a pattern.",
  icon: "hash",
  widget: "text",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: {
    properties: {
      pattern: { type: "string", pattern: "^[^{}\\u0000\\p{Cs}]{0,20}\\{0{1,12}\\}[^{}\\u0000\\p{Cs}]{0,20}$" },
    },
    required: ["pattern"],
  },
  value: () => ({ type: "string", minLength: 1, maxLength: 60 }),
  type: () => ({ kind: "text" }),
  computed: true,
  searched: true,
  read: (written) => written,
  indexed: "match",
  examples: { field: { pattern: "D-{0000}" }, valid: ["D-0001", "D-12345"], invalid: ["", 1] },
};
