import { consentActions, consentChannels } from "./consent.ts";
import { failure, json, once, orNull, query, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const moment = { type: "string", format: "date-time" };
const channel = { enum: [...consentChannels] };
const action = { enum: [...consentActions] };
const state = { enum: ["granted", "unconfirmed", "withdrawn", "none"] };
const object = (properties: Part, ...required: readonly string[]): Part => ({ type: "object", properties, required });
const items = (of: Part) => object({ items: { type: "array", items: of } }, "items");

const step = object(
  {
    ...{ id, action, at: moment, source: text, basis: text, wording: orNull(text), form: orNull(text) },
    ...{ expires_at: orNull(moment), proof: orNull({ type: "object" }) },
    by: orNull(object({ id, name: orNull(text) }, "id")),
  },
  ...["id", "action", "at", "source", "basis"],
);
const shown = object(
  {
    ...{ channel, address: text, state, history: { type: "array", items: step } },
    purpose: object({ name: text, title: text, description: orNull(text) }, "name", "title"),
    person: { ...object({ id, name: orNull(text) }, "id", "name"), description: "Whose it is, with `list`." },
  },
  ...["channel", "address", "purpose", "state", "history"],
);
const word = {
  ...object(
    {
      ...{ entity: text, record: id, address: text, channel, purpose: text, action },
      source: { enum: ["hand", "import"] },
      ...{ wording: text, at: moment, expires_at: moment },
      proof: { ...text, description: "What was said, when, and to whom. What is granted by hand needs it." },
    },
    ...["purpose", "action"],
  ),
  additionalProperties: false,
};

/** What people agreed to be written to for. */
export const consentPaths: Part = {
  "/api/consents": {
    get: {
      tags: ["Consent"],
      operationId: "list_consents",
      summary: "How a record's addresses stand with every purpose, and all that was said of it",
      parameters: [
        query("entity", "With `record`.", text),
        query("record", "Whose addresses.", id),
        query("list", "A list of the record: the people in it, and how each of them stands.", text),
        query("address", "In the place of a record, for admins.", text),
        query("channel", "Of the address.", channel),
      ],
      responses: { 200: { description: "Consents", ...json(items(shown)) }, ...failure },
    },
    post: {
      tags: ["Consent"],
      operationId: "write_consents",
      summary: "Write down what was said: of a record by whoever may change it, of an address by admins",
      parameters: [once],
      requestBody: { required: true, ...json({ oneOf: [word, { type: "array", items: word }] }) },
      responses: {
        201: {
          description: "How they stand now",
          ...json(
            items(object({ channel, address: text, purpose: text, state }, "channel", "address", "purpose", "state")),
          ),
        },
        ...failure,
      },
    },
  },
};
