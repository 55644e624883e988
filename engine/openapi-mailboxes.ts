import { failure, json, once, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: ["string", "null"], format: "uuid" };
const arrived = {
  type: "object",
  properties: {
    mail: { ...id, description: "The mail as it is kept." },
    record: { ...id, description: "The record that it joined, or that was made of it." },
    class: {
      enum: ["genuine", "list", "auto", "own", "bounce", "complaint", "stop"],
      description: "Whether somebody wrote it; only of what somebody wrote records are made.",
    },
    rule: {
      type: ["integer", "null"],
      description: "Why it joined: 1 reply address, 2 answered mail, 3 mail that another names, 4 code in the subject.",
    },
    possible: { ...id, description: "A record to which it may belong; it was not let join, or that one is done." },
    repeated: { type: "boolean", description: "It came before; nothing has come of it now." },
  },
  required: ["mail", "record", "class", "rule", "possible", "repeated"],
};

const count = { type: "integer" };
const momentOrNull = { type: ["string", "null"], format: "date-time" };
const fares = {
  name: text,
  title: text,
  address: text,
  reads: { type: "boolean", description: "Its mails are fetched by IMAP." },
  owner: { type: ["object", "null"], properties: { id, name: text } },
  active: { type: "boolean" },
  read_at: { ...momentOrNull, description: "When its server was last read to the end." },
  failures: { ...count, description: "How often in a row its server could not be read." },
  error: { type: ["string", "null"], description: "Why, in a word." },
  failed_at: momentOrNull,
  left_aside: { ...count, description: "Mails on the server that could not be taken." },
};
const aside = {
  uid: count,
  size: count,
  subject: text,
  sender: text,
  reason: text,
  tries: count,
  due_at: { ...momentOrNull, description: "When it is tried again; null where it is not." },
  at: { type: "string", format: "date-time" },
};
const listed = (properties: Part) => ({
  type: "object",
  properties: { items: { type: "array", items: { type: "object", properties } } },
  required: ["items"],
});

/** Mails that are handed in. */
export const mailboxPaths: Part = {
  "/api/mailboxes": {
    get: {
      tags: ["Workspace"],
      operationId: "list_mailboxes",
      summary: "How mailboxes are bound, and how fetching their mails fares, for admins",
      responses: { 200: { description: "All of them", ...json(listed(fares)) }, ...failure },
    },
  },
  "/api/mailboxes/{name}/aside": {
    parameters: [{ name: "name", in: "path", required: true, schema: text }],
    get: {
      tags: ["Workspace"],
      operationId: "list_mails_aside",
      summary: "Mails on the server of a mailbox that could not be taken, for admins",
      responses: { 200: { description: "The newest first", ...json(listed(aside)) }, ...failure },
    },
  },
  "/api/mailboxes/{name}": {
    parameters: [{ name: "name", in: "path", required: true, schema: text }],
    put: {
      tags: ["Workspace"],
      operationId: "bind_mailbox",
      summary: "In whose name a mailbox takes mails that servers bring, for admins",
      requestBody: {
        required: true,
        ...json({
          type: "object",
          properties: {
            owner: text,
            active: { type: "boolean" },
            secret: { ...text, description: "The password or the token for its server. Nobody can read it again." },
          },
          additionalProperties: false,
        }),
      },
      responses: { 200: { description: "As it is bound" }, 201: { description: "It is bound now." }, ...failure },
    },
  },
  "/api/mailboxes/preview": {
    post: {
      tags: ["Workspace"],
      operationId: "preview_mail",
      summary: "What would come of a mail by a mailbox that need not be published; for admins, and nothing of it stays",
      requestBody: {
        required: true,
        ...json({
          type: "object",
          properties: {
            mailbox: { type: "object", additionalProperties: true },
            raw: { type: "string", maxLength: 1_000_000 },
          },
          required: ["mailbox", "raw"],
        }),
      },
      responses: {
        200: { description: "What would come of it", ...json({ type: "object", additionalProperties: true }) },
        ...failure,
      },
    },
  },
  "/api/mailboxes/{name}/messages": {
    parameters: [{ name: "name", in: "path", required: true, schema: text }],
    post: {
      tags: ["Workspace"],
      operationId: "receive_mail",
      summary: "Hand a mail in as it came, 30 MB at most; each works once by its Message-ID",
      parameters: [once],
      requestBody: {
        required: true,
        content: { "message/rfc822": { schema: { type: "string", contentMediaType: "message/rfc822" } } },
      },
      responses: {
        200: { description: "It came before.", ...json(arrived) },
        201: { description: "What became of it", ...json(arrived) },
        ...failure,
      },
    },
  },
};

const strings = { type: "array", items: text };
const stamp = { type: "string", format: "date-time" };
const shownMail = {
  type: "object",
  properties: {
    type: { const: "mail" },
    id: { type: "string", format: "uuid" },
    direction: { enum: ["in", "out"] },
    at: stamp,
    subject: text,
    text: { type: "string", description: "Without what it quotes; `quoted` is the whole of it." },
    html: { type: ["string", "null"], description: "With nothing in it that could act or be fetched." },
    to: strings,
    cc: strings,
  },
  required: ["type", "id", "direction", "at", "subject", "text"],
};
const shownNote = {
  type: "object",
  properties: { type: { const: "aside" }, id: { type: "string", format: "uuid" }, at: stamp, text },
  required: ["type", "id", "at", "text"],
};

/** What is said about a record of an entity; `changed` where its reader may answer and merge. */
export function conversationPaths(
  path: string,
  tags: readonly string[],
  { name, title, id }: { readonly name: string; readonly title: string; readonly id: Part },
  changed: boolean,
): Part {
  const answers = (description: string, properties: Part, status = 201) => ({
    [status]: { description, ...json({ type: "object", properties }) },
    ...failure,
  });
  const asked = (properties: Part, ...required: readonly string[]) => ({
    required: true,
    ...json({ type: "object", properties, required, additionalProperties: false }),
  });
  const get = {
    tags,
    operationId: `conversation_of_${name}`,
    summary: "Mails both ways and notes, from the oldest on",
    responses: answers(
      "What was said",
      {
        items: { type: "array", items: { anyOf: [shownMail, shownNote] } },
        joined: { type: ["string", "null"], format: "uuid", description: "The record into which it was merged." },
        watching: { type: "boolean", description: "Whether the reader hears of mails and notes that come to it." },
      },
      200,
    ),
  };
  const filled = {
    tags,
    operationId: `snippet_for_${name}`,
    summary: `The text of a snippet for ${title}, filled in`,
    responses: answers("The text", { text }, 200),
  };
  const fill = {
    tags,
    operationId: `fill_text_for_${name}`,
    summary: `A text that is no snippet yet, filled in for ${title}`,
    requestBody: asked({ text: { ...text, maxLength: 20_000 } }, "text"),
    responses: answers("The text", { text }, 200),
  };
  const answer = {
    tags,
    operationId: `answer_${name}`,
    summary: "Answer by mail; with a macro, what it says of the record is done, too",
    parameters: [once],
    requestBody: asked({ text, to: strings, cc: strings, subject: text, snippet: text }, "text"),
    responses: answers("It is on its way.", { sending: { type: "string", format: "uuid" } }),
  };
  const note = {
    tags,
    operationId: `note_on_${name}`,
    summary: "Write a note for one's own people; those whom it mentions are told",
    parameters: [once],
    requestBody: asked({ text, mentions: { type: "array", items: { type: "string", format: "uuid" } } }, "text"),
    responses: answers("The note", { id: { type: "string", format: "uuid" } }),
  };
  const merge = {
    tags,
    operationId: `merge_${name}`,
    summary: `Join ${title} into another one: mails, notes, files and all that points at it move there`,
    parameters: [once],
    requestBody: asked(
      {
        into: { type: "string", format: "uuid" },
        take: { ...strings, description: "Fields whose values the other one takes from this one." },
        also: {
          type: "array",
          maxItems: 9,
          description: "More that are joined into it in the same operation.",
          items: {
            type: "object",
            properties: { id: { type: "string", format: "uuid" }, take: strings },
            required: ["id"],
          },
        },
      },
      "into",
    ),
    responses: answers("Where it is now", { into: { type: "string", format: "uuid" } }, 200),
  };
  const count = { type: "integer" };
  const merging = {
    tags,
    operationId: `merging_of_${name}`,
    summary: `What would move with ${title} into another one`,
    responses: answers(
      "How many of each",
      {
        ...{ mails: count, notes: count, files: count },
        records: {
          type: "array",
          items: { type: "object", properties: { entity: text, field: text, count } },
        },
      },
      200,
    ),
  };
  const named = { name: "name", in: "path", required: true, schema: text };
  return {
    [`${path}/{id}/conversation`]: { parameters: [id], get },
    [`${path}/{id}/snippets`]: { parameters: [id], post: fill },
    [`${path}/{id}/snippets/{name}`]: { parameters: [id, named], get: filled },
    [`${path}/{id}/notes`]: { parameters: [id], post: note },
    ...(changed
      ? {
          [`${path}/{id}/answers`]: { parameters: [id], post: answer },
          [`${path}/{id}/merge`]: { parameters: [id], get: merging, post: merge },
        }
      : {}),
  };
}
