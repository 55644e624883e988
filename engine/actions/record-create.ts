import { plus } from "../duration.ts";
import type { ActionType, Due } from "./action-type.ts";

/** Creates a record, a task for instance. `due` is an ISO 8601 duration from the moment of the step. */
export const recordCreate: ActionType<{ entity: string; values: Record<string, unknown>; due?: Due }> = {
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
    },
    required: ["entity", "values"],
    additionalProperties: false,
  },
  effects: ({ entity, values, due }, { now }) => [
    { do: "record.create", entity, values: due ? { ...values, [due.field]: plus(now, due.after) } : values },
  ],
  examples: {
    valid: [
      { entity: "thing", values: { name: "x" } },
      { entity: "thing", values: {}, due: { field: "due", after: "P3D" } },
    ],
    invalid: [{}, { entity: "thing" }, { entity: "thing", values: {}, due: { field: "due", after: "three days" } }],
  },
};
