import { failure, json, type Part } from "./openapi-parts.ts";

/** Who hears of a record, and whether the asker does. */
export function watchingPaths(
  path: string,
  tags: readonly string[],
  { name, title, id }: { readonly name: string; readonly title: string; readonly id: Part },
): Part {
  const user = {
    type: "object",
    properties: { id: { type: "string", format: "uuid" }, name: { type: "string" } },
    required: ["id", "name"],
  };
  const watchers = {
    type: "object",
    properties: {
      watching: { type: "boolean", description: "Whether the asker is among them." },
      items: { type: "array", items: user },
    },
    required: ["watching", "items"],
  };
  const done = { 204: { description: "So it is." }, ...failure };
  return {
    [`${path}/{id}/watchers`]: {
      parameters: [id],
      get: {
        tags,
        operationId: `watchers_of_${name}`,
        summary: `Who hears of mails and notes at ${title}`,
        responses: { 200: { description: "By name", ...json(watchers) }, ...failure },
      },
    },
    [`${path}/{id}/watchers/me`]: {
      parameters: [id],
      put: {
        tags,
        operationId: `watch_${name}`,
        summary: "Hear of mails and notes at it, as long as one sees it",
        responses: done,
      },
      delete: { tags, operationId: `unwatch_${name}`, summary: "Hear no more of it", responses: done },
    },
  };
}
