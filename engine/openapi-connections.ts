import { failure, header, json, once, orNull, query, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const moment = { type: "string", format: "date-time" };
const id = { type: "string", format: "uuid" };
const count = { type: "integer" };
const object = (properties: Part, ...required: readonly string[]): Part => ({ type: "object", properties, required });
const items = (of: Part, more: Part = {}) => object({ items: { type: "array", items: of }, ...more }, "items");
const inPath = (name: string, schema: Part = text) => ({ name, in: "path", required: true, schema });

const bound = object(
  {
    kind: { enum: ["connection", "intake"] },
    name: text,
    title: text,
    url: text,
    owner: orNull(object({ id, name: orNull(text) }, "id")),
    active: { type: "boolean" },
    stopped: orNull({ enum: ["gone", "owner"] }),
    bound_at: moment,
    last_at: orNull(moment),
    ...{ waiting: count, delivered: count, failed: count, done: count, refused: count },
  },
  ...["kind", "name", "title", "url", "owner", "active", "stopped"],
);
const delivery = object(
  {
    id,
    kind: { ...text, description: "`event`, which may be sent again; else the action of a workflow." },
    entity: orNull(text),
    record: id,
    type: text,
    version: orNull(count),
    at: moment,
    status: { enum: ["waiting", "delivered", "failed", "skipped"] },
    attempts: count,
    answer: orNull(count),
    error: orNull(text),
    tried_at: orNull(moment),
    due_at: orNull(moment),
  },
  ...["id", "kind", "record", "type", "at", "status", "attempts"],
);
const received = object(
  {
    message: text,
    at: moment,
    status: { enum: ["done", "refused"] },
    record: orNull(id),
    operation: orNull(id),
    problems: orNull({ type: "array", items: { type: "object" } }),
  },
  ...["message", "at", "status"],
);
const binds = { ...object({ owner: id, active: { type: "boolean" }, secret: text }), additionalProperties: false };

const act = (operationId: string, summary: string, given: Part): Part => ({
  tags: ["Connections"],
  operationId,
  summary,
  ...given,
});
const answers = (description: string, schema: Part) => ({
  responses: { 200: { description, ...json(schema) }, ...failure },
});
const nothing = { responses: { 204: { description: "Done." }, ...failure } };

function bindingPaths(kind: "connection" | "intake"): Part {
  const at = `/api/${kind}s/{name}`;
  const one = object(
    { name: text, owner: id, active: { type: "boolean" }, stopped: orNull(text), secret: text },
    "name",
  );
  return {
    [at]: {
      parameters: [inPath("name")],
      put: act(`bind_${kind}`, `Bind the ${kind} to its owner, switch it on or off; a new secret is answered once`, {
        requestBody: { required: true, ...json(binds) },
        responses: {
          200: { description: "Bound", ...json(one) },
          201: { description: "Bound for the first time", ...json(one) },
          ...failure,
        },
      }),
    },
    [`${at}/secret`]: {
      parameters: [inPath("name")],
      post: act(`change_secret_of_${kind}`, "Another secret; the one before holds for a day", {
        parameters: [once],
        ...answers("The secret, this once", object({ secret: text }, "secret")),
      }),
    },
  };
}

/** What is told to the outside and what comes from there, for those who manage it (Standard Webhooks). */
export const connectionPaths: Part = {
  "/api/connections": {
    get: act("list_connections", "All connections and intakes, and how they fare", answers("All", items(bound))),
  },
  ...bindingPaths("connection"),
  ...bindingPaths("intake"),
  "/api/connections/{name}/deliveries": {
    parameters: [inPath("name")],
    get: act("list_deliveries", "What was told, the newest first", {
      parameters: [
        query("status", "Only these.", { enum: ["waiting", "delivered", "failed", "skipped"] }),
        query("cursor", "The last id of the page before.", id),
      ],
      ...answers("A page", items(delivery, { next: orNull(id) })),
    }),
  },
  "/api/connections/{name}/deliveries/{id}/replay": {
    parameters: [inPath("name"), inPath("id", id)],
    post: act("replay_delivery", "Send one again", { parameters: [once], ...nothing }),
  },
  "/api/connections/{name}/replay": {
    parameters: [inPath("name")],
    post: act("replay_deliveries", "Send all of a status again", {
      parameters: [once],
      requestBody: {
        ...json({
          ...object({ status: { enum: ["failed", "delivered", "skipped"] }, since: moment }),
          additionalProperties: false,
        }),
      },
      ...answers("How many", object({ count }, "count")),
    }),
  },
  "/api/connections/{name}/test": {
    parameters: [inPath("name")],
    post: act("test_connection", "Try out whether a message arrives", {
      parameters: [once],
      ...answers(
        "What came of it",
        object({ delivered: { type: "boolean" }, answer: count, error: text }, "delivered"),
      ),
    }),
  },
  "/api/intakes/{name}/received": {
    parameters: [inPath("name")],
    get: act("list_received", "The last fifty messages", answers("Messages", items(received))),
  },
  "/api/hooks/{name}": {
    parameters: [inPath("name")],
    post: act(
      "post_message",
      "A message from the outside; its signature is the proof, or the secret as a bearer token where the intake says so",
      {
        security: [],
        parameters: [
          header("Webhook-Id", "The same id works once.", false),
          header("Webhook-Timestamp", "Seconds since 1970, five minutes off at most.", false),
          header("Webhook-Signature", "`v1,` and an HMAC-SHA256 in base64.", false),
        ],
        requestBody: { required: true, ...json({}) },
        ...answers(
          "The record; null where the message was for runs that wait for it",
          object({ id: { type: ["string", "null"], format: "uuid" }, repeated: { type: "boolean" } }, "id", "repeated"),
        ),
      },
    ),
  },
};
