import { failure, json, once, orNull, query, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const moment = { type: "string", format: "date-time" };
const count = { type: "integer" };
const tags = ["Mail"];
const object = (properties: Part, ...required: string[]) => ({ type: "object", properties, required });
const items = (each: unknown, more: Part = {}) => object({ items: { type: "array", items: each }, ...more }, "items");
const inPath = (name: string, schema: unknown = text) => ({ name, in: "path", required: true, schema });
const cursor = query("cursor", "The last id of the page before.", id);
const act = (operationId: string, summary: string, given: Part = {}) => ({ tags, operationId, summary, ...given });
const answers = (description: string, schema: Part) => ({
  responses: { 200: { description, ...json(schema) }, ...failure },
});
const nothing = { responses: { 204: { description: "Done." }, ...failure } };

const posted = object({ id, at: moment, from: text, to: text, subject: text, size: count }, "id", "at");
const header = object({ name: text, value: text }, "name", "value");
const read = object(
  {
    id,
    at: moment,
    envelope_from: text,
    envelope_to: { type: "array", items: text },
    subject: text,
    text,
    html: orNull(text),
    headers: { type: "array", items: header },
    links: { type: "array", items: text },
    sending: orNull(id),
    status: orNull(text),
    purpose: orNull(text),
    size: count,
  },
  "id",
  "headers",
  "links",
);
const sending = object(
  {
    id,
    status: { enum: ["queued", "accepted", "rejected", "suppressed", "held", "unknown"] },
    reason: orNull(text),
    code: orNull(count),
    reply: orNull(text),
    purpose: orNull(text),
    address: text,
    subject: text,
    entity: orNull(text),
    record: orNull(id),
    attempts: count,
    message_id: text,
    at: moment,
    due_at: moment,
    tried_at: orNull(moment),
    ended_at: orNull(moment),
  },
  "id",
  "status",
  "address",
);
const record = object({ record: orNull(object({ name: text, value: text }, "name", "value")) }, "record");

const tried = object(
  { document: { type: "object" }, record: id, language: text, filter: text, segment: text },
  "document",
);
const made = object(
  {
    subject: text,
    html: text,
    text,
    record: id,
    address: orNull(text),
    language: text,
    missing: { type: "array", items: text },
    bytes: count,
  },
  "subject",
  "html",
  "text",
);
const lint = object({ code: text, detail: text, count, path: text }, "code", "detail");
const refused = object({ address: count, suppressed: count, consent: count, paused: count });
const looked = object(
  {
    audience: count,
    sent: count,
    refused,
    building: orNull(text),
    bytes: count,
    lints: { type: "array", items: lint },
  },
  "lints",
);
const sentToMany = object(
  { id, title: text, filter: orNull(text), total: count, status: text, at: moment, counts: { type: "object" } },
  "id",
  "total",
);

/** Mails that are sent, for those who manage them: the mailbox of the house, the ledger, and what a domain signs by. */
export const mailPaths: Part = {
  "/api/mailbox": {
    get: act("list_mailbox", "What has come to the mailbox of the house, the newest first", {
      parameters: [cursor],
      ...answers("A page", items(posted, { next: orNull(id) })),
    }),
    delete: act("empty_mailbox", "Empty the mailbox", answers("How many there were", object({ count }, "count"))),
  },
  "/api/mailbox/{id}": {
    parameters: [inPath("id", id)],
    get: act("get_mailbox", "One mail of it, read", answers("The mail", read)),
  },
  "/api/mailbox/{id}/simulate": {
    parameters: [inPath("id", id)],
    post: act("simulate_mailbox", "Do with a mail of the mailbox what its receiver would do", {
      parameters: [once],
      requestBody: {
        required: true,
        ...json(object({ as: { enum: ["open", "click", "bounce", "complaint", "unsubscribe"] }, url: text }, "as")),
      },
      ...nothing,
    }),
  },
  "/api/messages/preview": {
    post: act("preview_message", "A message as a record would get it; nothing is stored", {
      parameters: [once],
      requestBody: { required: true, ...json(tried) },
      ...answers("The mail", made),
    }),
  },
  "/api/messages/look": {
    post: act("look_at_message", "How a message would fare with those that it is meant for", {
      parameters: [once],
      requestBody: { required: true, ...json(tried) },
      ...answers("What there is to say", looked),
    }),
  },
  "/api/messages/test": {
    post: act("try_message", "Send a message to oneself", {
      parameters: [once],
      requestBody: { required: true, ...json(tried) },
      responses: { 201: { description: "On its way", ...json(object({ id, to: text }, "id")) }, ...failure },
    }),
  },
  "/api/messages/{name}/broadcasts": {
    parameters: [inPath("name")],
    get: act("list_broadcasts", "What was sent of a message to many", answers("The last of them", items(sentToMany))),
    post: act("send_message", "Send a message to many", {
      parameters: [once],
      requestBody: { required: true, ...json(object({ id, filter: text, segment: text, at: moment })) },
      responses: { 201: { description: "Begun", ...json(object({ id, total: count }, "id", "total")) }, ...failure },
    }),
  },
  "/api/messages/broadcasts/{id}/cancel": {
    parameters: [inPath("id", id)],
    post: act("cancel_broadcast", "Let nothing more of it go", {
      parameters: [once],
      ...answers("How many were left", object({ count }, "count")),
    }),
  },
  "/api/sendings": {
    get: act("list_sendings", "The ledger of what is sent, by its status", {
      parameters: [
        query("status", "`unknown` where nothing is said: what nobody knows of.", {
          enum: ["unknown", "held", "rejected", "queued", "accepted", "suppressed"],
        }),
        cursor,
      ],
      ...answers("A page", items(sending, { next: orNull(id), counts: { type: "object" } })),
    }),
  },
  "/api/sendings/{id}/decide": {
    parameters: [inPath("id", id)],
    post: act("decide_sending", "Say what came of a mail of which nobody knows, or what shall become of it", {
      parameters: [once],
      requestBody: { required: true, ...json(object({ as: { enum: ["went", "send", "leave"] } }, "as")) },
      ...nothing,
    }),
  },
  "/api/connections/{name}/dkim": {
    parameters: [inPath("name")],
    get: act("get_dkim_of_connection", "What the domain of a sender publishes", answers("The record", record)),
    post: act("make_dkim_of_connection", "Make another key by which mails are signed from now on", {
      parameters: [once],
      responses: { 201: { description: "What the domain must publish now", ...json(record) }, ...failure },
    }),
  },
};
