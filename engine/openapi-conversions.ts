import type { Model } from "./model.ts";
import { failure, json, once, type Part } from "./openapi-parts.ts";
import { despite } from "./openapi-duplicates.ts";

const id = { type: "string", format: "uuid" };
const text = { type: "string" };
const problem = {
  type: "object",
  properties: { code: text, path: text, detail: text },
  required: ["code", "path", "detail"],
};
const candidate = { type: "object", properties: { id, name: { type: ["string", "null"] } }, required: ["id", "name"] };
const made = {
  type: "object",
  properties: { name: text, entity: text, id, found: { type: "boolean" } },
  required: ["name", "entity", "id", "found"],
};
const foreseen = {
  type: "object",
  properties: {
    name: text,
    entity: text,
    does: { enum: ["make", "find", "skip"] },
    found: { type: "array", items: candidate },
    values: { type: "object", additionalProperties: true },
    problems: { type: "array", items: problem },
  },
  required: ["name", "entity", "does", "found", "values", "problems"],
};

/** What records of an entity become, where conversions of them stand. */
export function convertPaths(model: Model, path: string, tags: readonly string[], name: string, title: string): Part {
  const own = [...model.conversions.values()].filter(({ entity }) => entity === name);
  if (own.length === 0) return {};
  const item = {
    type: "object",
    properties: {
      id,
      made: { type: "array", items: made },
      makes: { type: "array", items: foreseen, description: "With `preview`: what would be made or found." },
      problems: { type: "array", items: problem },
    },
    required: ["id"],
  };
  const body = {
    type: "object",
    properties: {
      conversion: { enum: own.map(({ $id }) => $id) },
      ids: { type: "array", items: id, minItems: 1, maxItems: 100 },
      choose: {
        type: "object",
        description: "Of one record: by what is made the id of the record found that is meant; null makes a new one.",
        additionalProperties: { anyOf: [id, { type: "null" }] },
      },
      preview: { type: "boolean", description: "Nothing is written." },
    },
    required: ["conversion", "ids"],
    additionalProperties: false,
  };
  const offer = {
    type: "object",
    properties: {
      ...{ name: text, title: text },
      allowed: { type: "boolean", description: "Whether it may be converted now." },
      problems: { type: "array", items: problem, description: "What stands against it." },
    },
    required: ["name", "title", "allowed", "problems"],
  };
  return {
    [`${path}/{id}/conversions`]: {
      parameters: [{ name: "id", in: "path", required: true, schema: id }],
      get: {
        tags,
        operationId: `conversions_of_${name}`,
        summary: `What ${title} may become now, and why not`,
        responses: {
          200: {
            description: "Every conversion of its kind",
            ...json({ type: "object", properties: { items: { type: "array", items: offer } }, required: ["items"] }),
          },
          ...failure,
        },
      },
    },
    [`${path}/convert`]: {
      post: {
        tags,
        operationId: `convert_${name}`,
        summary: `Turn ${title} into what a conversion says, as one operation`,
        parameters: [despite, once],
        requestBody: { required: true, ...json(body) },
        responses: {
          200: {
            description: "What was made and found",
            ...json({
              type: "object",
              properties: { operation: id, items: { type: "array", items: item } },
              required: ["items"],
            }),
          },
          ...failure,
        },
      },
    },
  };
}
