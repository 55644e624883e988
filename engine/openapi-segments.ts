import { failure, json, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const moment = { type: ["string", "null"], format: "date-time" };
const object = (properties: Part, ...required: readonly string[]): Part => ({ type: "object", properties, required });
const list = (items: Part) => ({ type: "array", items });
const open = { type: "object", additionalProperties: true };
const answers = (description: string, schema: Part) => ({ 200: { description, ...json(schema) }, ...failure });

const listed = object(
  {
    name: text,
    title: text,
    entity: text,
    members: { type: ["integer", "null"], description: "Null where you do not see all records." },
    building: { type: "boolean", description: "A publish has changed it, and not all records are looked through yet." },
  },
  ...["name", "title", "entity", "members", "building"],
);

/** Records that are chosen by a condition and kept up to date. */
export const segmentPaths: Part = {
  "/api/segments": {
    get: {
      tags: ["Workspace"],
      operationId: "list_segments",
      summary: "The segments whose conditions you may read. Lists are filtered by `in_segment('name')`",
      responses: answers("Segments", object({ items: list(listed) }, "items")),
    },
  },
  "/api/segments/preview": {
    post: {
      tags: ["Workspace"],
      operationId: "preview_segment",
      summary: "How many records a segment would have, and the first of them; nothing is stored",
      requestBody: { required: true, ...json({ ...open, description: "The document of a segment." }) },
      responses: answers(
        "As far as you see them",
        object({ count: { type: "integer" }, sample: list(open) }, "count", "sample"),
      ),
    },
  },
};

/** In which segments a record of an entity is. */
export function segmentsOfRecordPaths(at: string, id: Part, tags: readonly string[], name: string): Part {
  const shown = object(
    {
      ...{ name: text, title: text, member: { type: "boolean" }, building: { type: "boolean" } },
      ...{ since: moment, cause: { type: ["string", "null"] } },
    },
    "name",
    "member",
  );
  const clause = object({ kind: text, holds: { type: "boolean" }, parts: list(open) }, "kind", "holds");
  const why = object(
    { name: text, title: text, member: { type: "boolean" }, match: text, flips_at: moment, clauses: list(clause) },
    "member",
    "clauses",
  );
  const scored = object(
    {
      ...{ name: text, title: text, value: { type: "number" }, fit: { type: "number" }, behaviour: { type: "number" } },
      ...{
        grade: { type: ["string", "null"] },
        over: { type: "boolean" },
        since: moment,
        changes_at: moment,
        contributions: list(open),
      },
    },
    ...["name", "value", "fit", "behaviour", "over", "contributions"],
  );
  return {
    [`${at}/{id}/scores`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `scores_of_${name}`,
        summary: "How it stands with scores now, and what contributes how much",
        responses: answers("Scores", object({ items: list(scored) }, "items")),
      },
    },
    [`${at}/{id}/segments`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `segments_of_${name}`,
        summary: "In which segments it is",
        responses: answers("Segments", object({ items: list(shown) }, "items")),
      },
    },
    [`${at}/{id}/segments/{segment}/why`]: {
      parameters: [id, { name: "segment", in: "path", required: true, schema: text }],
      get: {
        tags,
        operationId: `why_in_segment_of_${name}`,
        summary: "Why it is in a segment or not",
        responses: answers("Clause by clause", why),
      },
    },
  };
}
