import type { Entity } from "./model.ts";
import { failure, json, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const count = { type: "integer" };
const object = (properties: Part, ...required: readonly string[]): Part => ({ type: "object", properties, required });
const counted = { type: "array", items: object({ entity: text, records: count }, "entity", "records") };
const counts = { type: "object", additionalProperties: true };

/** What is kept of a person, and its erasure; for entities whose records are about people. */
export function personPaths(at: string, tags: readonly string[], id: Part, { document, name }: Entity): Part {
  if (!document.person) return {};
  const erasure = object({ id: text, status: text, counts, at: text, finished_at: { type: ["string", "null"] } });
  const foreseen = object(
    {
      erasure: { anyOf: [erasure, { type: "null" }], description: "How far it is, where it was begun." },
      goes: counts,
      emptied: counted,
      kept: object({ records: counted, consents: count }),
    },
    ...["erasure", "goes", "emptied", "kept"],
  );
  const begun = object({ id: text }, "id");
  return {
    [`${at}/{id}/person`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `person_of_${name}`,
        summary: "All that is kept of the person, as a zip of JSON and files (GDPR 15, 20). For admins",
        responses: { 200: { description: "A zip", content: { "application/zip": {} } }, ...failure },
      },
    },
    [`${at}/{id}/erasure`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `preview_erasure_of_${name}`,
        summary: "What erasing the person would take, empty and keep, or how far it is. For admins",
        responses: { 200: { description: "What would become of it", ...json(foreseen) }, ...failure },
      },
      post: {
        tags,
        operationId: `erase_${name}`,
        summary: "Erase the person (GDPR 17), for good. For admins",
        responses: { 202: { description: "Her record is empty; a worker takes the rest", ...json(begun) }, ...failure },
      },
    },
  };
}
