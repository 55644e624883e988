import { plus } from "../duration.ts";
import type { ActionType, Due } from "./action-type.ts";

type Values = Readonly<Record<string, unknown>>;

/** Records that are made below a new one, each of a record that stands: of lines of an offer the lines of an order. */
interface Lines {
  readonly entity: string;
  readonly match: Values;
  /** The fields whose values each takes over, under the same names. */
  readonly copy: readonly string[];
  readonly create: {
    readonly entity: string;
    /** Its reference to the new record. */
    readonly link: string;
    /** Its reference to the record that it is a copy of. */
    readonly source?: string;
    readonly values?: Values;
  };
}

/** No document has more lines than this. */
const linesMost = 500;

/**
 * Creates a record, a task for instance. `due` is an ISO 8601 duration from the moment of the step. With `lines`, records
 * are made below it, one for each record that has these values, the oldest first.
 */
export const recordCreate: ActionType<{ entity: string; values: Values; due?: Due; lines?: Lines }> = {
  name: "record.create",
  label: "Create a record",
  icon: "plus",
  mode: "tx",
  right: "create",
  params: {
    type: "object",
    properties: {
      entity: { type: "string", "x-entity": true },
      values: { type: "object", "x-values-of": "entity" },
      due: {
        type: "object",
        properties: {
          field: { type: "string", "x-field": ["date_time"] },
          after: { type: "string", format: "duration" },
        },
        required: ["field", "after"],
        additionalProperties: false,
      },
      lines: {
        type: "object",
        properties: {
          entity: { type: "string", "x-entity": true },
          match: { type: "object", minProperties: 1, "x-values-of": "entity", "x-read": true },
          copy: { type: "array", items: { type: "string", "x-field": [] }, minItems: 1, maxItems: 60 },
          create: {
            type: "object",
            properties: {
              entity: { type: "string", "x-entity": true },
              link: { type: "string", minLength: 1, "x-field": ["reference"] },
              source: { type: "string", minLength: 1, "x-field": ["reference"] },
              values: { type: "object", "x-values-of": "entity" },
            },
            required: ["entity", "link"],
            additionalProperties: false,
          },
        },
        required: ["entity", "match", "copy", "create"],
        additionalProperties: false,
      },
    },
    required: ["entity", "values"],
    additionalProperties: false,
  },
  asksWith: "lines",
  asks: ({ lines }) => lines && { ask: "records", entity: lines.entity, match: lines.match, most: linesMost },
  effects: ({ entity, values, due, lines }, { now, answer }) => [
    {
      do: "record.create",
      entity,
      values: due ? { ...values, [due.field]: plus(now, due.after) } : values,
      ...(lines ? { below: below(lines, answer as readonly Values[]) } : {}),
    },
  ],
  examples: {
    valid: [
      { entity: "thing", values: { name: "x" } },
      { entity: "thing", values: {}, due: { field: "due", after: "P3D" } },
      {
        entity: "thing",
        values: {},
        lines: { entity: "part", match: { of: "r1" }, copy: ["name"], create: { entity: "piece", link: "of" } },
      },
    ],
    invalid: [
      {},
      { entity: "thing" },
      { entity: "thing", values: {}, due: { field: "due", after: "three days" } },
      { entity: "thing", values: {}, lines: { entity: "part", match: {}, copy: ["name"], create: {} } },
    ],
  },
};

function below({ copy, create }: Lines, found: readonly Values[]) {
  const { entity, link, source, values } = create;
  return found.toReversed().map((line) => ({
    entity,
    link,
    values: {
      ...Object.fromEntries(copy.map((name) => [name, line[name] ?? null])),
      ...(source === undefined ? {} : { [source]: line.id }),
      ...values,
    },
  }));
}
