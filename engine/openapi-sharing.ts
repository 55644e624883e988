import { failure, json, once, query, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const moment = { type: "string", format: "date-time" };
const level = { enum: ["read", "write"] };
const until = { anyOf: [moment, { type: "null" }], description: "When it ends; null where it does not." };
const person = { type: "object", properties: { id, name: text }, required: ["id", "name"] };
const grantee = {
  type: "object",
  properties: { kind: { enum: ["user", "team"] }, id, name: text },
  required: ["kind", "id", "name"],
};
const at = (name: string) => ({ name, in: "path", required: true, schema: id });

/** Who sees a record of an entity and why; with whom it is shared, where its records are. */
export function sharingPaths(
  path: string,
  tags: readonly string[],
  name: string,
  title: string,
  shared: boolean,
): Part {
  const seer = {
    type: "object",
    properties: {
      user: person,
      why: text,
      because: { type: "array", items: { type: "object", properties: { by: text }, required: ["by"] } },
    },
    required: ["user", "why", "because"],
  };
  const share = {
    type: "object",
    properties: { with: grantee, level, until, at: moment, by: { anyOf: [person, { type: "null" }] } },
    required: ["with", "level", "until"],
  };
  const list = { type: "array", items: share };
  const access = {
    tags,
    operationId: `access_to_${name}`,
    summary: `Who sees ${title} and why; with \`of\`, what one person may do with it and why not the rest`,
    parameters: [query("of", "The id of a user.", id)],
    responses: {
      200: {
        description: "Who sees it",
        ...json({ type: "object", properties: { items: { type: "array", items: seer }, more: { type: "boolean" } } }),
      },
      ...failure,
    },
  };
  const listed = {
    tags,
    operationId: `shares_of_${name}`,
    summary: `With whom ${title} is shared`,
    responses: {
      200: {
        description: "Shares",
        ...json({
          type: "object",
          properties: { items: list, may: { type: "boolean" }, possible: { type: "boolean" } },
          required: ["items", "may", "possible"],
        }),
      },
      ...failure,
    },
  };
  const put = {
    tags,
    operationId: `share_${name}`,
    summary: `Share ${title} with a person or a team, or change how`,
    parameters: [once],
    requestBody: {
      required: true,
      ...json({ type: "object", properties: { level, until }, required: ["level"], additionalProperties: false }),
    },
    responses: {
      200: {
        description: "Shared",
        ...json({ type: "object", properties: { with: id, level, until }, required: ["with", "level", "until"] }),
      },
      ...failure,
    },
  };
  const end = {
    tags,
    operationId: `unshare_${name}`,
    summary: `Stop sharing ${title} with a person or a team`,
    responses: { 204: { description: "Not shared any more" }, ...failure },
  };
  return {
    [`${path}/{id}/access`]: { parameters: [at("id")], get: access },
    ...(shared
      ? {
          [`${path}/{id}/shares`]: { parameters: [at("id")], get: listed },
          [`${path}/{id}/shares/{with}`]: { parameters: [at("id"), at("with")], put, delete: end },
        }
      : {}),
  };
}

const tags = ["Workspace"];

/** What is shared one by one, of everything that one sees. */
export const sharesPaths = {
  "/api/shares": {
    get: {
      tags,
      operationId: "shares",
      summary: "What is shared one by one of the records that you see, the newest first, 200 at most",
      parameters: [query("entity", "The name of an entity.", text), query("with", "The id of a person or a team.", id)],
      responses: {
        200: {
          description: "Shares that have not ended",
          ...json({
            type: "object",
            properties: {
              items: {
                type: "array",
                items: {
                  type: "object",
                  properties: {
                    entity: text,
                    record: { type: "object", properties: { id, name: {} }, required: ["id", "name"] },
                    with: grantee,
                    level,
                    until,
                    at: moment,
                    by: { anyOf: [person, { type: "null" }] },
                    may: { type: "boolean", description: "Whether you may end it." },
                  },
                  required: ["entity", "record", "with", "level", "until", "at", "by", "may"],
                },
              },
              more: { type: "boolean" },
            },
            required: ["items", "more"],
          }),
        },
        ...failure,
      },
    },
  },
};

const lent = (other: "to" | "by") => ({
  type: "object",
  properties: { id, [other]: person, from: moment, until: moment, now: { type: "boolean" } },
  required: ["id", other, "from", "until", "now"],
});

/** Who acts for whom, for a time. */
export const delegationPaths = {
  "/api/me/delegations": {
    get: {
      tags,
      operationId: "delegations",
      summary: "Who may act for you, and for whom you may: by the header `Trellis-For` with her id",
      responses: {
        200: {
          description: "Delegations that have not ended",
          ...json({
            type: "object",
            properties: {
              given: { type: "array", items: lent("to") },
              received: { type: "array", items: lent("by") },
            },
            required: ["given", "received"],
          }),
        },
        ...failure,
      },
    },
    post: {
      tags,
      operationId: "delegate",
      summary: "Let somebody act for you with your records, for a time",
      parameters: [once],
      requestBody: {
        required: true,
        ...json({
          type: "object",
          properties: { to: id, from: moment, until: moment },
          required: ["to", "until"],
          additionalProperties: false,
        }),
      },
      responses: {
        201: {
          description: "Made",
          ...json({ type: "object", properties: { id, to: id, from: moment, until: moment }, required: ["id"] }),
        },
        ...failure,
      },
    },
  },
  "/api/me/delegations/{id}": {
    parameters: [at("id")],
    delete: {
      tags,
      operationId: "end_delegation",
      summary: "Take back that somebody acts for you; it ends at once",
      responses: { 204: { description: "Ended" }, ...failure },
    },
  },
};
