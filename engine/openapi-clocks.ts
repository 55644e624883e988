import { failure, json } from "./openapi-parts.ts";
import type { Part } from "./openapi-parts.ts";

const text = { type: "string" };
const moment = { type: ["string", "null"], format: "date-time" };
const tags = ["Workspace"];
const entity = { name: "entity", in: "path", required: true, schema: text };

const clock = {
  type: "object",
  properties: {
    policy: { type: "object", properties: { name: text, title: text }, required: ["name", "title"] },
    clock: text,
    title: text,
    state: { enum: ["running", "paused", "met", "breached", "cancelled"] },
    going: { type: "boolean", description: "It has not ended: it runs, or stands for a while." },
    started_at: moment,
    ended_at: moment,
    due_at: moment,
    late_at: { ...moment, description: "When the last fifth of what is promised begins." },
    elapsed_ms: { type: "number" },
    remaining_ms: { type: "number" },
    target: { type: "string", description: "Working time (`PT14400S`) or working days (`P3D`)." },
  },
  required: ["policy", "clock", "title", "state", "going", "target"],
};

const object = (properties: object) => ({ type: "object", properties, required: Object.keys(properties) });
const list = (items: object) => ({ type: "array", items });

/** What is promised about records: the clocks of SLA policies. */
export const clockPaths: Part = {
  "/api/clocks/{entity}": {
    parameters: [entity],
    get: {
      tags,
      operationId: "list_clocks",
      summary: "The clocks of records",
      parameters: [
        { name: "ids", in: "query", required: true, schema: text, description: "Up to 200 ids, with commas between." },
      ],
      responses: {
        200: {
          description: "By the ids of the records that you see",
          ...json(object({ items: { type: "object", additionalProperties: list(clock) } })),
        },
        ...failure,
      },
    },
  },
};

/** What admins do with the clocks of all records. */
export const clockAdminPaths: Part = {
  "/api/clocks/{entity}/recount": {
    parameters: [entity],
    post: {
      tags,
      operationId: "recount_clocks",
      summary: "Count the clocks that go by what is promised now",
      requestBody: {
        required: true,
        ...json({
          type: "object",
          properties: { dry: { type: "boolean", description: "Only count the records that would change." } },
        }),
      },
      responses: {
        200: { description: "How many records", ...json(object({ records: { type: "integer" } })) },
        ...failure,
      },
    },
  },
};
