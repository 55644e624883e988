import { failure, json, once, type Part } from "./openapi-parts.ts";

const text = { type: "string" };
const id = { type: "string", format: "uuid" };
const bytes = { type: "string", contentMediaType: "application/octet-stream" };
const file = {
  type: "object",
  properties: {
    id,
    name: text,
    type: { type: "string", description: "What it is by its bytes." },
    size_bytes: { type: "integer" },
    sha256: text,
    at: { type: "string", format: "date-time" },
  },
  required: ["id", "name", "type", "size_bytes", "sha256", "at"],
};
const inPath = (name: string) => ({ name, in: "path", required: true, schema: id });

/** The files of a record of an entity; `changed` where its reader may bring and take them. */
export function filePaths(
  path: string,
  tags: readonly string[],
  { name, title, id: record }: { readonly name: string; readonly title: string; readonly id: Part },
  changed: boolean,
): Part {
  const get = {
    tags,
    operationId: `files_of_${name}`,
    summary: "The files that hang on it, the newest first",
    responses: {
      200: {
        description: "Files",
        ...json({ type: "object", properties: { items: { type: "array", items: file } }, required: ["items"] }),
      },
      ...failure,
    },
  };
  const post = {
    tags,
    operationId: `attach_to_${name}`,
    summary: `Hang a file on ${title}, 25 MB at most`,
    parameters: [once],
    requestBody: {
      required: true,
      content: {
        "multipart/form-data": { schema: { type: "object", properties: { file: bytes }, required: ["file"] } },
      },
    },
    responses: { 201: { description: "The file", ...json(file) }, ...failure },
  };
  const taken = {
    tags,
    operationId: `detach_from_${name}`,
    summary: `Take a file away from ${title}`,
    responses: { 204: { description: "It hangs there no more." }, ...failure },
  };
  return {
    [`${path}/{id}/files`]: { parameters: [record], get, ...(changed ? { post } : {}) },
    ...(changed ? { [`${path}/{id}/files/{file}`]: { parameters: [record, inPath("file")], delete: taken } } : {}),
  };
}

const binary = { content: { "application/octet-stream": {} } };
const range = { name: "range", in: "header", schema: text, description: "`bytes=0-1023`: one part of it." };

/** A file by itself. */
export const ownFilePaths: Part = {
  "/api/files/{id}": {
    parameters: [inPath("id")],
    get: {
      tags: ["Workspace"],
      operationId: "getFile",
      summary: "A file that was made for oneself, or one of a record that one sees",
      parameters: [range],
      responses: {
        200: { description: "The file", ...binary },
        206: { description: "The part of it that was asked for", ...binary },
        ...failure,
      },
    },
  },
};
