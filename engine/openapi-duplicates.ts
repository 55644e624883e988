import { failure, json, orNull, query, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const moment = { type: "string", format: "date-time" };
const tags = ["Workspace"];
const object = (properties: Readonly<Record<string, object>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});
const person = orNull(object({ id, name: text }));
const record = object({ id, name: orNull(text), owner: orNull(text) });
const pair = object({
  ...{ id, entity: text, rule: object({ id: text, title: text }), one: record, other: record },
  ...{ at: moment, by: person, reason: orNull(text), decided: orNull(object({ at: moment, by: person })) },
});

/** The reason for storing a record though it is like others. */
export const despite = query(
  "despite",
  "Why it is stored though there are records that are alike (`record.alike`); they are on the list of pairs then.",
  { type: "string", minLength: 1, maxLength: 500 },
);

/** Pairs of records that are alike by a duplicate rule. */
export const duplicatePaths: Part = {
  "/api/duplicates": {
    get: {
      tags,
      operationId: "list_duplicates",
      summary: "Pairs of records that are alike, the newest first",
      parameters: [
        query("entity", "Those of one entity."),
        query("decided", "Those that were called not the same.", { type: "boolean", default: false }),
        query("cursor", "Where the page before ended."),
      ],
      responses: {
        200: {
          description: "Pairs of which you may know both records",
          ...json(object({ items: { type: "array", items: pair }, next: orNull(text) })),
        },
        ...failure,
      },
    },
  },
  "/api/duplicates/{id}": {
    parameters: [{ name: "id", in: "path", required: true, schema: id }],
    post: {
      tags,
      operationId: "decide_duplicate",
      summary: "Say that the two records are not the same; they are never asked about again",
      requestBody: {
        required: true,
        ...json({
          ...object({ same: { enum: [false, null], description: "Null takes it back." } }),
          additionalProperties: false,
        }),
      },
      responses: { 204: { description: "Decided." }, ...failure },
    },
  },
};
