import type { Expression } from "schemas";
import type { Type } from "../expression/type.ts";
import type { FieldType, JsonSchema } from "./field-type.ts";
import { moneySchema } from "./money.ts";
import { decimalText } from "./numbers.ts";

const results = {
  number: { type: { kind: "number" }, value: { type: "string", pattern: decimalText } },
  money: { type: { kind: "money" }, value: moneySchema({ places: 12 }) },
  text: { type: { kind: "text" }, value: { type: "string" } },
  boolean: { type: { kind: "boolean" }, value: { type: "boolean" } },
  date: { type: { kind: "date" }, value: { type: "string", format: "date" } },
  date_time: { type: { kind: "moment" }, value: { type: "string", format: "date-time" } },
} as const satisfies Record<string, { type: Type; value: JsonSchema }>;

/** What a formula may result in. */
export type FormulaResult = keyof typeof results;

/** A value computed from the record's other fields whenever it is read. It has no column: queries hold its expression. */
export const formula: FieldType<{ value: Expression; result: FormulaResult }> = {
  name: "formula",
  label: "Formula",
  about: "Worked out from other fields whenever it is read.",
  icon: "formula",
  widget: "formula",
  columns: () => ({}),
  json: (sql, { name }) => sql.ref(name),
  keywords: {
    properties: {
      value: { $ref: "urn:trellis:expression:1" },
      result: { enum: Object.keys(results) },
    },
    required: ["value", "result"],
  },
  value: ({ result }) => results[result]?.value ?? {},
  type: ({ result }) => results[result]?.type ?? { kind: "null" },
  computed: true,
  neverUnique: true,
  examples: {
    field: { value: { cel: "1 + 1" }, result: "number" },
    valid: ["2", "-0.5"],
    invalid: [2, "two", true],
  },
};
