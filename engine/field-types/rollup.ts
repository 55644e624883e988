import type { Expression } from "schemas";
import type { FieldType, JsonSchema } from "./field-type.ts";
import { decimalText } from "./numbers.ts";

/** `unrated` counts the records whose value counts in no sum, because no rate says what it is worth. */
const measures = ["count", "sum", "avg", "min", "max", "unrated"] as const;

/** Whether a measure is how many records there are, and no value of them. */
export const isNumber = (measure: RollingUp["measure"]): boolean => measure === "count" || measure === "unrated";

/** What a roll-up says of the records in its list. */
export interface RollingUp {
  /** The list of the records that are counted: the `inverse` of a reference that points here. */
  readonly of: string;
  readonly measure: (typeof measures)[number];
  /** What is summed, over the fields of the listed record. */
  readonly value?: Expression;
  /** Which of the listed records count; all of them without it. */
  readonly where?: Expression;
  /** In which currency a value is: it counts in that of the workspace, and not at all where no rate says what it is worth. */
  readonly currency?: Expression;
  /** The day whose rate holds; the latest rate where it is empty, or not said. */
  readonly on?: Expression;
  /** What a least or greatest value is. */
  readonly result: "number" | "date" | "date_time";
}

const number: JsonSchema = { type: "string", pattern: decimalText };
const values = {
  number,
  date: { type: "string", format: "date" },
  date_time: { type: "string", format: "date-time" },
} as const;
const columns = { number: "numeric", date: "date", date_time: "timestamptz" } as const;

/**
 * A measure of the records in a list, kept in the record itself by every write that touches one of them. An average keeps
 * its sum and its number beside it, so that it follows a change without reading the other records.
 */
export const rollup: FieldType<RollingUp> = {
  name: "rollup",
  label: "Roll-up",
  about: "Counts or sums up the records of a list, kept up to date by every write.",
  icon: "number",
  widget: "rollup",
  columns: ({ name, measure, result }) => {
    if (isNumber(measure)) return { [name]: "bigint" };
    if (measure === "avg") return { [name]: "numeric", [`${name}_sum`]: "numeric", [`${name}_count`]: "bigint" };
    return { [name]: columns[result] ?? "numeric" };
  },
  json: (sql, { name, measure, result }) => {
    if (isNumber(measure) || result === "date") return sql.ref(name);
    return result === "date_time" ? sql.moment(sql.ref(name)) : sql.text(sql.ref(name));
  },
  store: (value, { name, measure }) => {
    if (isNumber(measure) || measure === "sum") return { [name]: value ?? 0 };
    return measure === "avg" ? { [name]: value, [`${name}_sum`]: 0, [`${name}_count`]: 0 } : { [name]: value };
  },
  keywords: {
    properties: {
      of: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$", "x-list": true },
      measure: { enum: [...measures] },
      value: { $ref: "urn:trellis:expression:1", "x-scope": "list" },
      where: { $ref: "urn:trellis:expression:1", "x-scope": "list" },
      currency: { $ref: "urn:trellis:expression:1", "x-scope": "list" },
      on: { $ref: "urn:trellis:expression:1", "x-scope": "list" },
      result: { enum: Object.keys(values), default: "number" },
    },
    required: ["of", "measure"],
  },
  value: ({ measure, result }) => (isNumber(measure) ? { type: "integer", minimum: 0 } : (values[result] ?? number)),
  type: ({ result }) => ({ kind: result === "date_time" ? "moment" : result === "date" ? "date" : "number" }),
  computed: true,
  neverUnique: true,
  indexed: "order",
  examples: {
    field: { of: "lines", measure: "count", result: "number" },
    valid: [0, 12],
    invalid: [-1, "2", 1.5, true],
  },
};
