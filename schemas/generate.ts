/** Writes `generated/`: the TypeScript types of all documents from their JSON Schemas, and the list of these. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const here = new URL("./", import.meta.url);

const banner = "/* Written by `pnpm run types` from the JSON Schemas beside it. */";
const expression = "expression.schema.json";
const suffix = ".schema.json";

/** The texts of the files in `generated/`, by their names, as the schemas stand now. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(here)).filter((file) => file.endsWith(suffix)).sort();
  return { "index.ts": await typesOf(files), "kinds.ts": kindsOf(files.filter((file) => file !== expression)) };
}

/** The list of all schemas by the kinds of documents that they describe. */
function kindsOf(files: readonly string[]): string {
  const kinds = files.map((file) => file.slice(0, -suffix.length));
  const named = (kind: string) => kind.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
  const entries = kinds.map((kind) => (named(kind) === kind ? `  ${kind},` : `  "${kind}": ${named(kind)},`));
  return [
    banner,
    ...kinds.map(
      (kind) => `import ${named(kind)} from ${JSON.stringify(`../${kind}${suffix}`)} with { type: "json" };`,
    ),
    "",
    "export const schemas = {",
    ...entries,
    "} as const;",
    "",
  ].join("\n");
}

async function typesOf(files: readonly string[]): Promise<string> {
  const schemas = await Promise.all(files.map(async (file) => JSON.parse(await readFile(new URL(file, here), "utf8"))));
  const byId = new Map<string, JSONSchema>(schemas.map((schema) => [schema.$id, schema]));
  const all = {
    title: "AnyDocument",
    anyOf: schemas
      .filter((schema) => schema.$id !== "urn:trellis:expression:1")
      .map((schema) => ({ $ref: schema.$id })),
  };
  return compile(all as JSONSchema, "AnyDocument", {
    bannerComment: banner,
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

if (import.meta.main)
  for (const [name, text] of Object.entries(await generate()))
    await writeFile(new URL(`generated/${name}`, here), text);
