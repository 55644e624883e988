import { failure, json, query, type Part } from "./openapi-parts.ts";
import { grains } from "./report.ts";

const text = { type: "string" };
const key = {
  oneOf: [
    text,
    { type: "object", properties: { field: text, by: { enum: [...grains] }, zone: text }, required: ["field"] },
  ],
};
const open = { type: "object", additionalProperties: true };

/** Groups and measures of an entity's records. */
export function aggregate(tags: readonly string[], name: string, plural: string): Part {
  const measure = {
    oneOf: [text, { type: "object", properties: { of: text, filter: text }, required: ["of", "filter"] }],
  };
  const body = {
    type: "object",
    properties: {
      group: { type: "array", items: key },
      measures: { type: "object", additionalProperties: measure },
      filter: text,
      search: text,
      having: { ...text, description: "A condition over the measures by their names." },
      sort: text,
      limit: { type: "integer" },
      totals: { type: "boolean", description: "Answers the measures of all records as well." },
      other: {
        type: "boolean",
        description: "Answers the measures of the records that are in none of the rows as well.",
      },
    },
  };
  const answer = {
    type: "object",
    properties: { rows: { type: "array", items: open }, totals: open, other: { anyOf: [open, { type: "null" }] } },
    required: ["rows"],
  };
  return {
    tags,
    operationId: `aggregate_${name}`,
    summary: `Groups and measures of ${plural}`,
    requestBody: { required: true, ...json(body) },
    responses: { 200: { description: "Rows", ...json(answer) }, ...failure },
  };
}

/** The values of an entity's fields with the number of records that have them. */
export function facets(tags: readonly string[], name: string, plural: string): Part {
  const limit = { type: "integer", minimum: 1, maximum: 200 };
  const field = {
    type: "object",
    properties: { field: text, by: { enum: [...grains] }, zone: text, prefix: text, limit },
    required: ["field"],
  };
  const chosen = { type: "object", additionalProperties: { type: "array", items: {} } };
  const body = {
    type: "object",
    properties: {
      fields: { type: "array", items: { oneOf: [text, field] }, minItems: 1, maxItems: 12 },
      chosen: { ...chosen, description: "Values by their fields: each field is counted without its own." },
      filter: text,
      search: text,
      limit,
    },
    required: ["fields"],
  };
  const value = { type: "object", properties: { value: {}, count: { type: "integer" } }, required: ["value", "count"] };
  const more = { type: "boolean" };
  const facet = {
    type: "object",
    properties: { values: { type: "array", items: value }, more },
    required: ["values", "more"],
  };
  const answer = {
    type: "object",
    properties: {
      facets: { type: "object", additionalProperties: facet },
      count: { type: "object", properties: { value: { type: "integer" }, more }, required: ["value", "more"] },
    },
    required: ["facets", "count"],
  };
  const responses = { 200: { description: "Values and counts", ...json(answer) }, ...failure };
  const parameters = [
    { ...query("fields", "Names of fields, with commas between them."), required: true },
    query("prefix", "Values that begin with it alone."),
    query("chosen", "Values by their fields, as JSON."),
    query("filter", "A condition in CEL over the record's fields and what references lead to."),
    query("search", "Words that stand anywhere in the record's texts."),
    query("limit", "How many values of each.", limit),
  ];
  return {
    get: { tags, operationId: `values_of_${name}`, summary: `What ${plural} have in a field`, parameters, responses },
    post: {
      tags,
      operationId: `facets_of_${name}`,
      summary: `What ${plural} have in several fields, each counted without its own choice`,
      requestBody: { required: true, ...json(body) },
      responses,
    },
  };
}
