import { ownFilePaths } from "./openapi-files.ts";
import { failure, json, once, query, seen, type Part } from "./openapi-parts.ts";
import { despite } from "./openapi-duplicates.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const moment = { type: "string", format: "date-time" };
const whole = { type: "integer" };
const open = { type: "object", additionalProperties: true };
const object = (properties: Part, ...required: readonly string[]): Part => ({ type: "object", properties, required });
const items = (more: Part = {}) => object({ items: { type: "array", items: open }, ...more }, "items");
const inPath = (name: string, schema: Part = text) => ({ name, in: "path", required: true, schema });
const cursor = query("cursor", "`next` of the page before.");
const pages = [cursor, query("limit", "How many at most.", { ...whole, minimum: 1, maximum: 200, default: 50 })];

const revision = query("at", "The number of a step; the last one without it.", whole);

interface Act {
  /** In camel case where no entity is named in it: none of theirs is written so. */
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Part[];
  readonly body?: Part;
  readonly status?: number;
  /** What is answered; nothing where it is left out. */
  readonly answer?: Part;
}

function act(tags: readonly string[], { operationId, summary, parameters = [], body, status, answer }: Act): Part {
  const told = answer ? { description: summary, ...json(answer) } : { description: "Done." };
  return {
    tags,
    operationId,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, ...body } } : {}),
    responses: { [status ?? (answer ? 200 : 204)]: told, ...failure },
  };
}

/** What a record has been and what happened around it; `restored` where its reader may take it out of the trash. */
export function recordStory(
  at: string,
  tags: readonly string[],
  of: { readonly name: string; readonly title: string; readonly id: Part },
  { restored, run }: { readonly restored: Part | undefined; readonly run: boolean },
): Part {
  const { name, title } = of;
  const told = (
    path: string,
    operationId: string,
    summary: string,
    parameters: readonly Part[],
    answer: Part,
  ): Part => ({
    [`${at}/{id}/${path}`]: { parameters: [of.id], get: act(tags, { operationId, summary, parameters, answer }) },
  });
  const page = items({ next: { anyOf: [text, { type: "null" }] } });
  const back = {
    tags,
    operationId: `restore_${name}`,
    summary: `Take ${title} out of the trash`,
    parameters: [despite, once],
    responses: restored,
  };
  return {
    ...told("history", `history_of_${name}`, "Who changed what, the newest first", pages, page),
    ...told("timeline", `timeline_of_${name}`, "Changes, activities and messages, the newest first", pages, page),
    ...told("queue", `queue_of_${name}`, "With whom it is and why, where a queue has had it", [], open),
    [`${at}/{id}/queue/take`]: {
      parameters: [of.id],
      post: act(tags, { operationId: `take_${name}`, summary: "Take it from its queue", parameters: [], answer: open }),
    },
    [`${at}/{id}/queue/pass`]: {
      parameters: [of.id],
      post: act(tags, {
        operationId: `pass_${name}`,
        summary: "Let what was offered to you pass, or give it back",
        parameters: [],
        answer: open,
      }),
    },
    ...told("clocks", `clocks_of_${name}`, "What is promised about it, and how each clock has come about", [], open),
    ...told("banners", `banners_of_${name}`, "What is said above it as it stands", [], items({})),
    ...(run
      ? {
          ...told("run", `run_of_${name}`, "How it came to stand where it does", [], open),
          ...told("run/why", `why_of_${name}`, "Why it stands there and not elsewhere", [revision], open),
        }
      : {}),
    ...(restored ? { [`${at}/{id}/restore`]: { parameters: [of.id], post: back } } : {}),
  };
}

const workspace = (given: Act) => act(["Workspace"], given);
const sent = (parts: Part, ...required: readonly string[]) => ({
  content: { "multipart/form-data": { schema: object(parts, ...required) } },
});
const file = { type: "string", contentMediaType: "application/octet-stream" };
const imported = object(
  { id, status: text, rehearsed: { type: "boolean" }, entity: text, operation: {} },
  "id",
  "status",
);
const listed = object(
  { entity: text, filter: text, sort: text, search: text, fields: { type: "array", items: text } },
  "entity",
);
const exported = object(
  { id, status: text, rows: whole, file_url: { anyOf: [text, { type: "null" }] }, operation: id },
  "id",
);
const view = object({ entity: text, title: text, type: text, shared: { type: "boolean" } });

const incident = (does: string, summary: string, body?: Part) => ({
  parameters: [inPath("id", id)],
  post: workspace({
    operationId: `${does}Incident`,
    summary,
    parameters: [once],
    ...(body ? { body: json({ ...body, additionalProperties: false }) } : {}),
  }),
});

/** What everybody finds who is signed in, beside records. */
export const signedInPaths: Part = {
  "/api/model": {
    get: workspace({
      operationId: "model",
      summary: "Entities, workflows and oneself, as far as one may know",
      answer: open,
    }),
  },
  "/api/me": {
    patch: workspace({
      operationId: "changeOwnSettings",
      summary: "One's own language and time zone; null is what browser and workspace say",
      body: json(
        object({ locale: { anyOf: [text, { type: "null" }] }, time_zone: { anyOf: [text, { type: "null" }] } }),
      ),
      answer: open,
    }),
  },
  "/api/views": {
    get: workspace({
      operationId: "listViews",
      summary: "Saved views: one's own and those that are shared",
      parameters: [query("entity", "Of this entity alone.")],
      answer: items(),
    }),
    post: workspace({
      operationId: "saveView",
      summary: "Save a view",
      parameters: [once],
      body: json({ ...view, required: ["entity", "title", "type"] }),
      status: 201,
      answer: open,
    }),
  },
  "/api/views/{id}": {
    parameters: [inPath("id", id)],
    patch: workspace({
      operationId: "changeView",
      summary: "Change a view of one's own; null takes a part out of it",
      parameters: [seen],
      body: json(view),
      answer: open,
    }),
    delete: workspace({ operationId: "forgetView", summary: "Forget a view of one's own" }),
  },
  "/api/incidents": {
    get: workspace({
      operationId: "listIncidents",
      summary: "What goes on only by a person's word, of records whose runs you may put anywhere; the newest first",
      parameters: [
        query("status", "Those that are open without it.", {
          enum: ["open", "retried", "skipped", "moved", "all"],
          default: "open",
        }),
        query("workflow", "Of this workflow alone."),
        query("entity", "Of records of this entity alone."),
        query("record", "Of this record alone.", id),
        query("state", "Stopped in this state alone."),
        query("cursor", "`next` of the page before.", id),
      ],
      answer: items({ next: { anyOf: [id, { type: "null" }] } }),
    }),
  },
  "/api/incidents/{id}/retry": incident("retry", "Try again what has stopped"),
  "/api/incidents/{id}/skip": incident(
    "skip",
    "Leave out what has stopped; its run goes on with `output`, where there is one",
    object({ output: {} }),
  ),
  "/api/incidents/{id}/move": incident(
    "move",
    "Put the run into another state, around what has stopped",
    object({ state: text }, "state"),
  ),
  "/api/imports/inspect": {
    post: workspace({
      operationId: "inspectFile",
      summary:
        "What stands in a file, which fields its columns may mean, and the plan of the last import of such a file",
      body: sent({ file, entity: text }, "file", "entity"),
      answer: open,
    }),
  },
  "/api/imports": {
    post: workspace({
      operationId: "importFile",
      summary: "Bring a file in by a plan, which is JSON; with `rehearse` nothing is kept",
      parameters: [once],
      body: sent({ file, plan: text }, "file", "plan"),
      status: 202,
      answer: imported,
    }),
  },
  "/api/imports/{id}": {
    parameters: [inPath("id", id)],
    get: workspace({
      operationId: "getImport",
      summary: "How far an import is and what it came to",
      answer: imported,
    }),
  },
  "/api/imports/{id}/run": {
    parameters: [inPath("id", id)],
    post: workspace({
      operationId: "runImport",
      summary: "Run what was rehearsed, by another plan where one is sent",
      parameters: [once],
      body: json(object({ plan: open })),
      status: 202,
      answer: imported,
    }),
  },
  "/api/exports": {
    post: workspace({
      operationId: "exportList",
      summary: "Make a file of a list",
      parameters: [once],
      body: json(listed),
      status: 202,
      answer: object({ id, operation: id }, "id", "operation"),
    }),
  },
  "/api/exports/{id}": {
    parameters: [inPath("id", id)],
    get: workspace({
      operationId: "getExport",
      summary: "How far an export is, and where its file lies",
      answer: exported,
    }),
  },
  ...ownFilePaths,
  "/api/notifications": {
    get: workspace({
      operationId: "listNotifications",
      summary: "What one was told, the newest first",
      answer: items({ unread: whole }),
    }),
  },
  "/api/notifications/read": {
    post: workspace({ operationId: "readNotifications", summary: "All of it was read" }),
  },
  "/api/operations": {
    get: workspace({
      operationId: "listOperations",
      summary: "What one has done, the newest first",
      parameters: [cursor],
      answer: items({ next: { anyOf: [id, { type: "null" }] } }),
    }),
  },
  "/api/operations/{id}/cancel": {
    parameters: [inPath("id", id)],
    post: workspace({ operationId: "cancel", summary: "Stop what is queued or runs at its next step", answer: open }),
  },
};

const roles = { type: "array", items: text };
const user = {
  name: text,
  email: text,
  password: text,
  active: { type: "boolean" },
  roles,
  teams: { type: "array", items: text, description: "By id or by name." },
  manager: { anyOf: [text, { type: "null" }] },
};
const admin = (given: Act) => act(["Administration"], given);

/** What admins find beside: people, keys, the holidays of the world. */
export const adminPaths: Part = {
  "/api/users": {
    get: admin({ operationId: "listUsers", summary: "People and their accounts", answer: items() }),
    post: admin({
      operationId: "makeUser",
      summary: "Make a user, with an account where an address is given",
      parameters: [once],
      body: json(object(user, "name")),
      status: 201,
      answer: open,
    }),
  },
  "/api/users/{id}": {
    parameters: [inPath("id", id)],
    patch: admin({ operationId: "changeUser", summary: "Change a user", body: json(object(user)), answer: open }),
  },
  "/api/users/{id}/second-factor": {
    parameters: [inPath("id", id)],
    delete: admin({
      operationId: "takeSecondFactor",
      summary: "Take the second factor of somebody who has lost it; she is signed out everywhere, and told",
    }),
  },
  "/api/keys": {
    get: admin({ operationId: "listKeys", summary: "Keys that hold, without their secrets", answer: items() }),
    post: admin({
      operationId: "makeKey",
      summary: "Make a key for a user; its secret is answered this once",
      parameters: [once],
      body: json(object({ name: text, user: id, roles, expires_at: moment }, "name")),
      status: 201,
      answer: object({ id, key: text }, "id", "key"),
    }),
  },
  "/api/keys/{id}": {
    parameters: [inPath("id", id)],
    delete: admin({ operationId: "revokeKey", summary: "A key holds no more, at once" }),
  },
  "/api/holidays": {
    get: admin({ operationId: "listHolidayPlaces", summary: "Countries whose holidays are known", answer: items() }),
  },
  "/api/holidays/{place}": {
    parameters: [inPath("place")],
    get: admin({
      operationId: "holidays",
      summary: "The holidays of a place in a year, and the places in it: `DE`, `DE-BY`",
      parameters: [query("year", "1970 to 2100; this year without it.", whole), query("language", "Of the titles.")],
      answer: items({ places: { type: "array", items: open } }),
    }),
  },
};
