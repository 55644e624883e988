import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolders, problem, type Extension, type Samples, type TemplatePackage } from "engine";
import type { AnyDocument, TemplateDocument } from "schemas";

/** The templates of a folder, by name: each a folder with a `template.json`. */
export async function readTemplates(folder: string): Promise<ReadonlyMap<string, TemplatePackage>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const packages = await Promise.all(names.map(async (name) => packageOf(name, await readFiles(join(folder, name)))));
  return new Map(packages.flatMap((it) => (it ? [[it.manifest.$id, it] as const] : [])));
}

/** The JSON files of a template's folder by their paths: those beside the manifest, and those of its folders. */
async function readFiles(home: string): Promise<ReadonlyMap<string, string>> {
  const folders = [...packageFolders.keys(), "records"];
  const listed = await Promise.all(
    ["", ...folders].map(async (folder) => {
      const files = await readdir(join(home, folder)).catch(() => []);
      return files.filter((file) => file.endsWith(".json")).map((file) => (folder === "" ? file : `${folder}/${file}`));
    }),
  );
  const paths = listed.flat();
  const texts = await Promise.all(paths.map((path) => readFile(join(home, path), "utf8")));
  return new Map(paths.map((path, at) => [path, texts[at] ?? ""]));
}

/** A template of its files; undefined where they have no manifest. */
export function packageOf(name: string, files: ReadonlyMap<string, string>): TemplatePackage | undefined {
  const within = (folder: string, wanted: (path: string) => boolean = () => true) =>
    [...files]
      .filter(([path]) => path.startsWith(`${folder}/`) && wanted(path))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, text]) => parsed(name, path, text));
  const manifest = files.get("template.json");
  if (manifest === undefined) return undefined;
  return {
    manifest: parsed(name, "template.json", manifest) as TemplateDocument,
    documents: [...packageFolders.keys()].flatMap((it) => within(it, (path) => !isExtension(path))) as AnyDocument[],
    extensions: ["entities", "layouts", "roles"].flatMap((it) => within(it, isExtension)) as Extension[],
    samples: within("records").flat() as Samples[],
  };
}

export const isExtension = (path: string): boolean => path.endsWith(".extend.json");

function parsed(name: string, file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw problem("template.malformed", { name, file: file.split("/").at(-1) ?? file });
  }
}
