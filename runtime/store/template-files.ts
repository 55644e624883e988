import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { packageFolders, problem, type Extension, type Samples, type TemplatePackage } from "engine";
import { Cache } from "engine/sql";
import type { AnyDocument, TemplateDocument } from "schemas";

type Packages = ReadonlyMap<string, TemplatePackage>;

/** What was read last of folders, and by which files. */
const kept = new Cache<{ readonly mark: string; readonly packages: Packages }>(10);

/**
 * The templates of a folder, by name: each a folder with a `template.json`. Files are read again when one of them is
 * another than it was.
 */
export async function readTemplates(folder: string): Promise<Packages> {
  const paths = await pathsIn(folder);
  const marks = await Promise.all(paths.map(async (path) => stat(join(folder, path))));
  const mark = JSON.stringify(paths.map((path, at) => [path, marks[at]?.mtimeMs, marks[at]?.size]));
  const known = kept.find(folder);
  if (known?.mark === mark) return known.packages;
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), "utf8")));
  const files = Map.groupBy(paths.entries(), ([, path]) => path.split("/", 1)[0] ?? "");
  const packages = [...files].map(([name, them]) =>
    packageOf(name, new Map(them.map(([at, path]) => [path.slice(name.length + 1), texts[at] ?? ""]))),
  );
  return kept.keep(folder, { mark, packages: new Map(packages.flatMap((it) => (it ? [[it.manifest.$id, it]] : []))) })
    .packages;
}

/** The JSON files of templates: those beside a manifest, and those of its folders. */
async function pathsIn(folder: string): Promise<readonly string[]> {
  const paths = await readdir(folder, { recursive: true }).catch(() => []);
  const holds = (path: string) => {
    const [, within, file, ...deeper] = path.split("/");
    const known = file === undefined || within === "records" || packageFolders.has(within ?? "");
    return path.endsWith(".json") && within !== undefined && known && deeper.length === 0;
  };
  return paths.filter(holds).sort();
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
