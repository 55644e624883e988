import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { problem, type Extension, type Samples, type TemplatePackage } from "engine";
import type { AnyDocument, TemplateDocument } from "schemas";

/** Where documents stand inside a template's folder. */
const documentFolders = ["entities", "value-sets", "workflows", "views", "layouts", "roles"];

/** The templates of a folder, by name: each a folder with a `template.json`. */
export async function readTemplates(folder: string): Promise<ReadonlyMap<string, TemplatePackage>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const packages = await Promise.all(names.map((name) => readTemplate(folder, name)));
  return new Map(packages.flatMap((it) => (it ? [[it.manifest.$id, it] as const] : [])));
}

async function readTemplate(folder: string, name: string): Promise<TemplatePackage | undefined> {
  const home = join(folder, name);
  const [manifest] = await readAll(name, home, (file) => file === "template.json");
  if (!manifest) return undefined;
  const groups = await Promise.all(documentFolders.map((it) => readAll(name, join(home, it), isDocument)));
  const extensions = await readAll(name, join(home, "entities"), (file) => file.endsWith(".extend.json"));
  const samples = await readAll(name, join(home, "records"), () => true);
  return {
    manifest: manifest as TemplateDocument,
    documents: groups.flat() as AnyDocument[],
    extensions: extensions as Extension[],
    samples: samples.flat() as Samples[],
  };
}

const isDocument = (file: string) => !file.endsWith(".extend.json");

/** The JSON files of a folder, in the order of their names; none where there is no folder. */
async function readAll(template: string, folder: string, wanted: (file: string) => boolean): Promise<unknown[]> {
  const files = await readdir(folder).catch(() => []);
  const chosen = files.filter((file) => file.endsWith(".json") && wanted(file)).sort();
  return Promise.all(
    chosen.map(async (file) => {
      try {
        return JSON.parse(await readFile(join(folder, file), "utf8")) as unknown;
      } catch {
        throw problem("template.malformed", { name: template, file });
      }
    }),
  );
}
