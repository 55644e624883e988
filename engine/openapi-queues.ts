import { failure, json } from "./openapi-parts.ts";
import type { Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const tags = ["Workspace"];
const open = { type: "object", additionalProperties: true };
const list = { type: "object", properties: { items: { type: "array", items: open } }, required: ["items"] };
const answer = (description: string, schema: object) => ({ 200: { description, ...json(schema) }, ...failure });
const name = { name: "name", in: "path", required: true, schema: text };

/** Where records wait for somebody, and who takes them. */
export const queuePaths: Part = {
  "/api/queues": {
    get: {
      tags,
      operationId: "list_queues",
      summary: "Queues, how many wait in each, and whether you take work",
      responses: answer("The queues in their order", list),
    },
  },
  "/api/queues/preview": {
    post: {
      tags,
      operationId: "preview_queue",
      summary: "Who would get a record by a queue that need not be published, and why; for admins",
      requestBody: {
        required: true,
        ...json({
          type: "object",
          properties: { queue: open, record: { ...id, description: "Without it, what waits there as the next." } },
          required: ["queue"],
        }),
      },
      responses: answer("Who, and what stands against the others", open),
    },
  },
  "/api/queues/{name}": {
    parameters: [name],
    get: {
      tags,
      operationId: "list_queued",
      summary: "What waits in a queue and is worked on, in its order",
      responses: answer("Records by their ids", list),
    },
  },
  "/api/queues/{name}/next": {
    parameters: [name],
    post: {
      tags,
      operationId: "take_next",
      summary: "Take what is next in a queue",
      responses: answer("What you have now; null where nothing waits", open),
    },
  },
  "/api/agents": {
    get: {
      tags,
      operationId: "list_agents",
      summary: "Who takes work from the queues in which you work, and how much each has; of all queues for admins",
      responses: answer("People by their names", list),
    },
  },
  "/api/agents/{id}": {
    parameters: [{ name: "id", in: "path", required: true, schema: id }],
    patch: {
      tags,
      operationId: "change_agent",
      summary: "Say whether somebody takes work; of yourself, or of others as an admin",
      requestBody: {
        required: true,
        ...json({
          type: "object",
          properties: {
            presence: { enum: ["available", "away"] },
            capacity: { type: "integer", minimum: 0, maximum: 1000 },
            skills: { type: "object", additionalProperties: { type: "integer", minimum: 0, maximum: 10 } },
          },
        }),
      },
      responses: answer("As it is now", open),
    },
  },
};
