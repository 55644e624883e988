/** A piece of an OpenAPI description. */
export type Part = Readonly<Record<string, unknown>>;

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
export const orNull = (schema: unknown) => ({ anyOf: [schema, { type: "null" }] });
export const json = (schema: unknown) => ({ content: { "application/json": { schema } } });
export const failure = { default: { $ref: "#/components/responses/Problem" } };
export const header = (name: string, description: string, required = false) => ({
  name,
  in: "header",
  required,
  description,
  schema: { type: "string" },
});
export const query = (name: string, description: string, schema: unknown = { type: "string" }) => ({
  name,
  in: "query",
  description,
  schema,
});
export const once = header("Idempotency-Key", "The same key again does nothing twice; kept for 24 hours.");
export const seen = header("If-Match", 'The version that was seen, `"7"` for instance.', true);

export const shaped = [
  query("fields", "Names of fields, with commas between them; all where it is left out."),
  query(
    "expand",
    "References that are answered as records, with commas; `company.parent` goes further. 50 at most, each 4 hops at most.",
  ),
];
/** What is said of a search wherever it is taken. */
export const wordsMean =
  "Words that stand anywhere in the record's texts, each of them; what stands in quotation marks is one word.";

export const asked = [
  query("filter", "A condition in CEL over the record's fields and what references lead to."),
  query("sort", "Fields with commas between them; `-` before one turns it round."),
  query("search", wordsMean),
  query("limit", "How many at most.", { type: "integer", minimum: 1, maximum: 500, default: 50 }),
  query("cursor", "Where the page before ended."),
  query("count", "Whether and how all are counted.", { enum: ["capped", "exact", "estimate"] }),
];

/** What a form does with its fields as it stands. */
export function form(tags: readonly string[], name: string, title: string): Part {
  const shown = { type: "boolean" };
  const field = {
    type: "object",
    properties: {
      shown,
      required: { type: "boolean" },
      choices: { type: "array", items: { type: "string" }, description: "Those offered, where not all are." },
      cleared: { type: "boolean", description: "The value goes when the record is written." },
      kept: { type: "boolean", description: "The value stays, though the field is shown no longer." },
    },
    required: ["shown", "required", "cleared", "kept"],
  };
  const section = { type: "object", properties: { shown }, required: ["shown"] };
  return {
    tags,
    operationId: `form_of_${name}`,
    summary: `What a form of ${title} shows, asks for and offers; nothing is stored`,
    requestBody: {
      required: true,
      ...json({
        type: "object",
        properties: {
          id: { type: "string", format: "uuid", description: "The record that is changed; without it, a new one." },
          values: {
            type: "object",
            additionalProperties: true,
            description: "What was entered so far. What does not hold yet counts as not entered.",
          },
          event: { type: "string", description: "The event that is sent with the values." },
        },
        additionalProperties: false,
      }),
    },
    responses: {
      200: {
        description: "Fields by their names, and the sections of the layout in their order.",
        ...json({
          type: "object",
          properties: {
            fields: { type: "object", additionalProperties: field },
            sections: { type: "array", items: section },
          },
          required: ["fields", "sections"],
        }),
      },
      ...failure,
    },
  };
}

/** Many records, each by its own values. */
export function changeMany(tags: readonly string[], name: string, plural: string, schema: string): Part {
  const known = {
    type: "object",
    properties: { id: { type: "string", format: "uuid" }, version: { type: "integer" } },
    required: ["id", "version"],
  };
  const items = { type: "array", items: ref(schema) };
  return {
    tags,
    operationId: `change_many_${name}`,
    summary: `Change many of ${plural}, all or none`,
    parameters: [once],
    requestBody: {
      required: true,
      ...json({ type: "array", items: { allOf: [known, { type: "object", additionalProperties: true }] } }),
    },
    responses: {
      200: {
        description: "As they are now.",
        ...json({ type: "object", properties: { operation: { type: "string" }, items }, required: ["operation"] }),
      },
      ...failure,
    },
  };
}

/** Many records that a filter finds, all by the same values. */
export function bulk(tags: readonly string[], name: string, plural: string, schema: string): Part {
  const count = { type: "integer" };
  const refusal = {
    type: "object",
    properties: { id: { type: "string" }, problems: { type: "array", items: { type: "object" } } },
  };
  const counts = { matched: count, changed: count, unchanged: count, along: count, refused: count };
  return {
    tags,
    operationId: `bulk_${name}`,
    summary: `Change or trash all of ${plural} that a filter finds, or begin a process on each, as one operation`,
    parameters: [once],
    requestBody: {
      required: true,
      ...json({
        type: "object",
        properties: {
          filter: { type: "string" },
          search: { type: "string" },
          ids: { type: "array", items: { type: "string", format: "uuid" } },
          set: { type: "object", additionalProperties: true },
          trash: {
            enum: [true, "alone"],
            description: "`alone`: those stay that others are part of or point at. By a filter it needs `expect`.",
          },
          begin: { type: "string", description: "A process or journey that begins on each." },
          expect: { type: "integer", description: "How many were meant when it was looked at." },
          preview: { type: "boolean", description: "Tells what would happen, and writes nothing." },
        },
        additionalProperties: false,
      }),
    },
    responses: {
      200: {
        description: "How many changed, and who was refused. Of a preview the first records as well.",
        ...json({
          type: "object",
          properties: {
            ...counts,
            operation: { type: "string" },
            refusals: { type: "array", items: refusal },
            records: { type: "array", items: ref(schema) },
          },
          required: Object.keys(counts),
        }),
      },
      ...failure,
    },
  };
}

export const problemSchema = {
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    detail: { type: "string" },
    problems: {
      type: "array",
      items: {
        type: "object",
        properties: {
          code: { type: "string" },
          path: { type: "string" },
          detail: { type: "string" },
          hint: { type: "string" },
          alike: {
            type: "object",
            description: "Of `record.alike`: the records that you may know of, and whether there are others.",
            properties: {
              rule: { type: "string" },
              entity: { type: "string" },
              ask: { type: "boolean", description: "Whether it is stored all the same with a reason." },
              records: {
                type: "array",
                items: { type: "object", properties: { id: { type: "string" }, name: { type: ["string", "null"] } } },
              },
              hidden: { type: "boolean" },
              owners: { type: "array", items: { type: "string" } },
            },
          },
        },
        required: ["code", "detail"],
      },
    },
  },
  required: ["status", "code", "detail"],
};

const operationId = { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } };
const object = { type: "object", additionalProperties: true };

/** What is of no entity. */
export const generalPaths = {
  "/api/search": {
    get: {
      tags: ["Workspace"],
      operationId: "search",
      summary: "Records of all entities that hold the words, those first whose names begin with them",
      parameters: [query("q", "The words; what stands in quotation marks is one.")],
      responses: { 200: { description: "Found", ...json(object) }, ...failure },
    },
  },
  "/api/operations/{id}": {
    parameters: [operationId],
    get: {
      tags: ["Workspace"],
      operationId: "get_operation",
      summary: "How far a longer piece of work is",
      responses: { 200: { description: "Operation", ...json(object) }, ...failure },
    },
  },
  "/api/operations/{id}/undo": {
    parameters: [operationId],
    post: {
      tags: ["Workspace"],
      operationId: "undo",
      summary: "Take a write back",
      parameters: [
        query("force", "Puts back what others have changed since.", { type: "boolean" }),
        query("preview", "Tells what would be taken back, and writes nothing.", { type: "boolean" }),
      ],
      responses: { 200: { description: "What was taken back, and what was not", ...json(object) }, ...failure },
    },
  },
  "/api/live": {
    get: {
      tags: ["Workspace"],
      operationId: "live",
      summary: "What changes, as server-sent events without values",
      responses: {
        200: { description: "Messages", content: { "text/event-stream": { schema: { type: "string" } } } },
        ...failure,
      },
    },
  },
};
