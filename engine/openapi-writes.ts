import type { Inverse } from "./model.ts";
import { despite } from "./openapi-duplicates.ts";
import { failure, header, json, once, query, ref, type Part } from "./openapi-parts.ts";

/** What an entity is called in the description, and the fields by which its records are told apart. */
interface Told {
  readonly name: string;
  readonly title: string;
  readonly plural: string;
  readonly schema: string;
  readonly fields: readonly string[];
}

/** Making records, or changing those that stand, by a field whose values are unique. Nothing where there is none. */
export function upserts(at: string, tags: readonly string[], { name, title, plural, schema, fields }: Told): Part {
  if (fields.length === 0) return {};
  const by = { name: "field", in: "path", required: true, schema: { enum: fields } };
  const value = { name: "value", in: "path", required: true, schema: { type: "string" } };
  const values = ref(`${schema}Patch`);
  const many = {
    type: "object",
    properties: {
      operation: { type: "string" },
      created: { type: "integer" },
      updated: { type: "integer" },
      items: { type: "array", items: ref(schema) },
    },
    required: ["operation", "created", "updated", "items"],
  };
  return {
    [`${at}/by/{field}/{value}`]: {
      parameters: [by, value],
      put: {
        tags,
        operationId: `upsert_${name}`,
        summary: `Make ${title}, or change the one that has this value`,
        parameters: [header("If-Match", "The version that was seen: then the record must stand."), despite, once],
        requestBody: { required: true, ...json(values) },
        responses: {
          200: { description: "Changed.", ...json(ref(schema)) },
          201: { description: "Made.", ...json(ref(schema)) },
          ...failure,
        },
      },
    },
    [`${at}/by/{field}`]: {
      parameters: [by],
      put: {
        tags,
        operationId: `upsert_many_${name}`,
        summary: `Make or change several of ${plural}, each by its value; all or none`,
        parameters: [once],
        requestBody: { required: true, ...json({ type: "array", items: values, maxItems: 1000 }) },
        responses: { 200: { description: "In their order.", ...json(many) }, ...failure },
      },
    },
  };
}

/** New records that stand in a new record, by the names of their lists. */
export function lists(inverses: readonly Inverse[]): Part {
  const record = { type: "object", additionalProperties: true };
  return Object.fromEntries(
    inverses.map(({ name, entity }) => [
      name,
      { type: "array", items: record, description: `New records of "${entity}" that point at this one.` },
    ]),
  );
}

/** Who looks at a record now. */
export function presence(tags: readonly string[], name: string, title: string, id: Part): Part {
  const text = { type: "string" };
  const there = {
    type: "object",
    properties: {
      user: { type: "object", properties: { id: text, name: text }, required: ["id", "name"] },
      editing: { type: "array", items: text, description: "Names of fields." },
    },
    required: ["user", "editing"],
  };
  const tab = { type: "string", pattern: "^[A-Za-z0-9-]{8,40}$" };
  const body = {
    type: "object",
    properties: { tab, editing: { anyOf: [text, { type: "null" }], description: "The field that is being edited." } },
    required: ["tab"],
    additionalProperties: false,
  };
  const answer = { type: "object", properties: { there: { type: "array", items: there } }, required: ["there"] };
  return {
    parameters: [id],
    post: {
      tags,
      operationId: `look_at_${name}`,
      summary: `Say that one looks at ${title}, every few seconds, and hear who else does`,
      requestBody: { required: true, ...json(body) },
      responses: { 200: { description: "Who else is there.", ...json(answer) }, ...failure },
    },
    delete: {
      tags,
      operationId: `look_away_from_${name}`,
      summary: `Say that one looks at ${title} no longer`,
      parameters: [{ ...query("tab", "The tab that goes.", tab), required: true }],
      responses: { 204: { description: "Gone." }, ...failure },
    },
  };
}
