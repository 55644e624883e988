import { failure, json, query, wordsMean, type Part } from "./openapi-parts.ts";
import { grains } from "./report.ts";

const text = { type: "string" };
const by = { enum: [...grains], description: "The part of a date or moment." };
const zone = { ...text, description: "The time zone in which days begin, `Europe/Vienna` for instance." };
const key = {
  oneOf: [
    text,
    {
      type: "object",
      properties: { field: text, by, zone, name: text, fiscal: { type: "object" }, since: text },
      required: ["field"],
    },
  ],
};
const measure = {
  oneOf: [
    text,
    { type: "object", properties: { of: text, filter: text }, required: ["of", "filter"] },
    {
      type: "object",
      properties: { ratio: { type: "array", items: text, minItems: 2, maxItems: 2 } },
      required: ["ratio"],
      description: "One measure for each of another, by their names.",
    },
    {
      type: "object",
      properties: {
        told: {
          type: "object",
          properties: { field: text, state: text, calendar: text, moves: { const: "back" } },
          required: ["field"],
        },
        as: { enum: ["count", "sum", "avg", "min", "max", "percentile"] },
        share: { type: "number" },
        filter: text,
      },
      required: ["told"],
      description: "Seconds that records stood in a state, or how often they moved back, as the journal tells.",
    },
  ],
};
const open = { type: "object", additionalProperties: true };
const filter = { ...text, description: "A condition in CEL over the record's fields and what references lead to." };
const search = { ...text, description: wordsMean };

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
        "What is measured by its name: `count()`, `count_distinct(field)`, `sum`, `avg`, `min`, `max` or `percentile(0.9, field)`; `{of, filter}` takes of each group the records alone that a condition finds.",
    },
    filter,
    search,
    having: { ...text, description: "A condition over the measures by their names: other groups are not answered." },
    sort: { ...text, description: "Names of groups and measures; a minus before a name turns its order around." },
    limit: { type: "integer", description: "How many groups at most." },
    as_of: { ...text, description: "Records are read as they were at this moment." },
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
    query("search", wordsMean),
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

const parameters = {
  type: "object",
  properties: {
    filter: { ...text, description: "One more condition over the records." },
    period: { type: "object", description: "Other days: `{unit, from, to}`, or `{first, last}`." },
    as_of: { type: ["string", "null"], description: "The day at whose end records are read." },
  },
};
const row = {
  type: "object",
  properties: {
    keys: open,
    labels: open,
    values: open,
    before: open,
    drill: {
      type: "array",
      items: { type: ["string", "null"] },
      description: "For each entity the condition that finds the records of the row.",
    },
  },
  required: ["keys", "labels", "values", "drill"],
};
const answered = {
  type: "object",
  properties: {
    title: text,
    kind: text,
    entities: { type: "array", items: text },
    columns: { type: "array", items: open },
    rows: { type: "array", items: row },
    totals: row,
    other: row,
    period: open,
    as_of: text,
    currency: { ...text, description: "In which money is told, where a report tells all in one." },
    unrated: {
      type: "object",
      additionalProperties: { type: "integer" },
      description: "By the measure: of how many records the amount has no rate, and is told in its own currency.",
    },
    unrated_drill: {
      type: "object",
      additionalProperties: text,
      description: "By the measure: the condition that finds these records.",
    },
    unrated_before: {
      type: "object",
      additionalProperties: { type: "integer" },
      description: "How many at the time that is compared.",
    },
  },
  required: ["title", "kind", "entities", "columns", "rows", "totals"],
};
const ran = { 200: { description: "Rows with their measures, and how each is opened", ...json(answered) }, ...failure };

const mailWanted = {
  type: "object",
  properties: { wanted: { type: "boolean" }, at: { ...text, description: "`07:30`" } },
  required: ["wanted", "at"],
};

/** Reports, for whoever runs them. */
export const reportPaths: Part = {
  "/api/reports/run": {
    post: {
      tags: ["Reports"],
      operationId: "run_draft_report",
      summary: "Run a report that is not published",
      requestBody: {
        required: true,
        ...json({ type: "object", properties: { report: open, parameters }, required: ["report"] }),
      },
      responses: ran,
    },
  },
  "/api/dashboards/{name}/mail": {
    parameters: [{ name: "name", in: "path", required: true, schema: text }],
    get: {
      tags: ["Reports"],
      operationId: "read_dashboard_mail",
      summary: "Whether you get a dashboard by mail, and at what time of your day",
      responses: { 200: { description: "What stands", ...json(mailWanted) }, ...failure },
    },
    put: {
      tags: ["Reports"],
      operationId: "choose_dashboard_mail",
      summary: "Say whether you want a dashboard by mail",
      requestBody: {
        required: true,
        ...json({ type: "object", properties: { wanted: { type: "boolean" } }, required: ["wanted"] }),
      },
      responses: { 200: { description: "What stands", ...json(mailWanted) }, ...failure },
    },
  },
  "/api/reports/{name}/run": {
    parameters: [{ name: "name", in: "path", required: true, schema: text }],
    post: {
      tags: ["Reports"],
      operationId: "run_report",
      summary: "Run a report",
      requestBody: { required: true, ...json({ type: "object", properties: { parameters } }) },
      responses: ran,
    },
  },
};
