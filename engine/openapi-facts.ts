import { failure, json, once, type Part } from "./openapi-parts.ts";

const text = { type: "string", maxLength: 100 };
const id = { type: "string", format: "uuid" };

const fact = {
  type: "object",
  properties: {
    type: { type: "string", description: "What has happened, `page.visited` for instance." },
    entity: { type: "string" },
    record: { ...id, description: "To whom. You may change this record." },
    at: { type: "string", format: "date-time", description: "When it happened; without it, now." },
    source: { ...text, default: "api", description: "Who knows of it." },
    id: { ...text, description: "What tells it apart at its source: told again, nothing comes of it." },
    data: { type: "object", additionalProperties: true, description: "What there is to say of it." },
  },
  required: ["type", "entity", "record", "id"],
  additionalProperties: false,
};
const recorded = {
  type: "object",
  properties: {
    items: {
      type: "array",
      items: {
        type: "object",
        properties: { id, type: { type: "string" }, repeated: { type: "boolean" } },
        required: ["id", "type", "repeated"],
      },
    },
    operation: id,
  },
  required: ["items", "operation"],
};

/** What happens to records outside of the product, as other systems tell it. */
export const factPaths: Part = {
  "/api/facts": {
    post: {
      tags: ["Workspace"],
      operationId: "tell_facts",
      summary: "Tell what has happened to a record, or to a thousand; workflows that wait for it hear of it",
      parameters: [once],
      requestBody: { required: true, ...json({ anyOf: [fact, { type: "array", items: fact, maxItems: 1000 }] }) },
      responses: { 201: { description: "Known from now on", ...json(recorded) }, ...failure },
    },
  },
};
