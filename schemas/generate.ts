/** Writes `generated/`: the TypeScript types of all documents, from their JSON Schemas. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const here = new URL("./", import.meta.url);

/** The text of `generated/index.ts` as the schemas stand now. */
export async function generate(): Promise<string> {
  const files = (await readdir(here)).filter((file) => file.endsWith(".schema.json")).sort();
  const schemas = await Promise.all(files.map(async (file) => JSON.parse(await readFile(new URL(file, here), "utf8"))));
  const byId = new Map<string, JSONSchema>(schemas.map((schema) => [schema.$id, schema]));
  const all = {
    title: "AnyDocument",
    anyOf: schemas
      .filter((schema) => schema.$id !== "urn:trellis:expression:1")
      .map((schema) => ({ $ref: schema.$id })),
  };
  return compile(all as JSONSchema, "AnyDocument", {
    bannerComment: "/* Written by `pnpm run types` from the JSON Schemas beside it. */",
    unreachableDefinitions: true,
    $refOptions: {
      resolve: {
        urn: {
          order: 1,
          canRead: /^urn:trellis:/,
          read: (file: { url: string }) => JSON.stringify(byId.get(file.url.split("#")[0] ?? "")),
        },
      },
    },
    style: { printWidth: 120 },
  });
}

if (import.meta.main) await writeFile(new URL("generated/index.ts", here), await generate());
