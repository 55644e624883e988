import { failure, json, once, ref, type Part } from "./openapi-parts.ts";

const offer = {
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    workflow: { type: "string" },
    run: { type: "string", format: "uuid", description: "Of a process: the run that is meant." },
    allowed: { type: "boolean" },
    blocked: {
      type: "array",
      items: { type: "object", properties: { code: { type: "string" }, why: { type: "string" } } },
    },
    form: {
      type: "array",
      items: { type: "object", properties: { field: { type: "string" }, required: { type: "boolean" } } },
    },
  },
  required: ["type", "title", "allowed"],
};

const beginnable = {
  type: "object",
  properties: {
    workflow: { type: "string" },
    title: { type: "string" },
    kind: { enum: ["process", "journey"] },
    allowed: { type: "boolean" },
    why: { type: ["string", "null"], description: "Why not now." },
  },
  required: ["workflow", "title", "kind", "allowed", "why"],
};

const ways = {
  type: "object",
  properties: {
    runs: {
      type: "array",
      items: {
        type: "object",
        properties: {
          run: { type: "string", format: "uuid" },
          workflow: { type: "string" },
          title: { type: "string" },
          status: { enum: ["active", "done", "goal", "left", "stopped", "parked"] },
          reason: { type: ["string", "null"], description: "What ended it before its way was over." },
          waits: { type: "array", items: { type: "object", additionalProperties: true } },
          mails: {
            type: "array",
            items: { type: "object", additionalProperties: true },
            description: "What it has sent or will send, by `due_at`.",
          },
          steps: { type: "array", items: { type: "object", additionalProperties: true } },
        },
      },
    },
    unbegun: {
      type: "array",
      items: {
        type: "object",
        properties: {
          workflow: { type: "string" },
          title: { type: "string" },
          why: {
            enum: ["running", "once", "window", "goal", "exit", "ahead", "passed", "empty"],
            description:
              "The last three of a workflow that begins by a date of the record: it is still to come, had passed when it was written, or is empty.",
          },
          at: { type: ["string", "null"], format: "date-time", description: "When it was told to the last time." },
          times: { type: "integer" },
          from: { type: ["string", "null"], format: "date-time", description: "From when on it may begin." },
        },
      },
    },
  },
  required: ["runs", "unbegun"],
};

const begun = {
  type: "object",
  properties: {
    workflow: { type: "string", description: "Which process, by its name." },
    values: {
      type: "object",
      additionalProperties: true,
      description: "What it is given, by the names of its context.",
    },
  },
  required: ["workflow"],
  additionalProperties: false,
};

/** How a record of an entity is moved: by events of its workflows, and by processes that are begun on it. */
export function eventPaths(
  at: string,
  id: Part,
  tags: readonly string[],
  {
    name,
    title,
    schema,
    one,
  }: { readonly name: string; readonly title: string; readonly schema: string; readonly one: { readonly 200: object } },
): Part {
  return {
    [`${at}/{id}/events`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `events_of_${name}`,
        summary: "The moves from here, and why not the others",
        responses: { 200: { description: "Moves", ...json({ type: "array", items: offer }) }, ...failure },
      },
      post: {
        tags,
        operationId: `send_to_${name}`,
        summary: `Move ${title} by an event`,
        parameters: [once],
        requestBody: { required: true, ...json(ref(`${schema}Event`)) },
        responses: one,
      },
    },
    [`${at}/{id}/journeys`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `journeys_of_${name}`,
        summary: `Which way ${title} has gone through journeys and processes, and what did not begin`,
        responses: {
          200: { description: "Runs, the newest first, and what did not begin", ...json(ways) },
          ...failure,
        },
      },
    },
    [`${at}/{id}/runs`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `beginnable_on_${name}`,
        summary: `What may be begun on ${title}, and why not the rest`,
        responses: {
          200: { description: "Processes and journeys", ...json({ type: "array", items: beginnable }) },
          ...failure,
        },
      },
      post: {
        tags,
        operationId: `begin_on_${name}`,
        summary: `Begin a process on ${title}`,
        parameters: [once],
        requestBody: { required: true, ...json(begun) },
        responses: { 201: one[200], ...failure },
      },
    },
  };
}
