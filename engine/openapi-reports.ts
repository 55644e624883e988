import { failure, json, query, type Part } from "./openapi-parts.ts";
import { grains } from "./report.ts";

const text = { type: "string" };
const by = { enum: [...grains], description: "The part of a date or moment." };
const zone = { ...text, description: "The time zone in which days begin, `Europe/Vienna` for instance." };
const key = {
  oneOf: [text, { type: "object", properties: { field: text, by, zone }, required: ["field"] }],
};
const measure = {
  oneOf: [text, { type: "object", properties: { of: text, filter: text }, required: ["of", "filter"] }],
};
const open = { type: "object", additionalProperties: true };
const filter = { ...text, description: "A condition in CEL over the record's fields and what references lead to." };
const search = { ...text, description: "Words that stand anywhere in the record's texts." };

/** What `planAggregate` reads, whoever brings it. */
export const aggregateBody = {
  type: "object",
  properties: {
    group: {
      type: "array",
      items: key,
      description: "Fields, over references too, and dates by a part of them: `{field, by, zone}`.",
    },
    measures: {
      type: "object",
      additionalProperties: measure,
      description:
        "What is measured by its name: `count()`, `count_distinct(field)`, `sum`, `avg`, `min` or `max`; `{of, filter}` takes of each group the records alone that a condition finds.",
    },
    filter,
    search,
    having: { ...text, description: "A condition over the measures by their names: other groups are not answered." },
    sort: { ...text, description: "Names of groups and measures; a minus before a name turns its order around." },
    limit: { type: "integer", description: "How many groups at most." },
    totals: { type: "boolean", description: "Answers the measures of all records as well." },
    other: {
      type: "boolean",
      description: "Answers the measures of the records that are in none of the rows as well.",
    },
  },
} as const;

const limit = { type: "integer", minimum: 1, maximum: 200, description: "How many values of each." };
const field = {
  type: "object",
  properties: { field: text, by, zone, prefix: text, limit },
  required: ["field"],
};

/** What `planFacets` reads, whoever brings it. */
export const facetsBody = {
  type: "object",
  properties: {
    fields: {
      type: "array",
      items: { oneOf: [text, field] },
      minItems: 1,
      maxItems: 12,
      description: "Fields, over references too; `{field, prefix}` for values that begin with it alone.",
    },
    chosen: {
      type: "object",
      additionalProperties: { type: "array", items: {} },
      description: "Values by their fields: each field is counted without its own.",
    },
    filter,
    search,
    limit,
  },
  required: ["fields"],
} as const;

/** Groups and measures of an entity's records. */
export function aggregate(tags: readonly string[], name: string, plural: string): Part {
  const answer = {
    type: "object",
    properties: { rows: { type: "array", items: open }, totals: open, other: { anyOf: [open, { type: "null" }] } },
    required: ["rows"],
  };
  return {
    tags,
    operationId: `aggregate_${name}`,
    summary: `Groups and measures of ${plural}`,
    requestBody: { required: true, ...json(aggregateBody) },
    responses: { 200: { description: "Rows", ...json(answer) }, ...failure },
  };
}

/** The values of an entity's fields with the number of records that have them. */
export function facets(tags: readonly string[], name: string, plural: string): Part {
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
      requestBody: { required: true, ...json(facetsBody) },
      responses,
    },
  };
}
