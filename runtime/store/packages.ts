import {
  compareVersions,
  fault,
  folderOf,
  kindOf,
  nameOf,
  packageFolders,
  problem,
  refuse,
  shapeFaults,
  type Fault,
  type TemplatePackage,
} from "engine";
import type { AnyDocument } from "schemas";
import { inspect } from "../body.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { unzip, type Files } from "../zip.ts";
import { isExtension, packageOf, readTemplates } from "./template-files.ts";

/** What a package from outside may be at most. */
export const packageLimits = { files: 3000, bytes: 40_000_000, depth: 4 } as const;
export const packageBytesMax = 10_000_000;

/** All packages that can be installed: those that the product ships and those that were brought in, the newer of each. */
export async function readGallery(folder: string, { pool, schema }: Workspace): Promise<ReadonlyMap<string, Listed>> {
  const gallery = new Map<string, Listed>();
  for (const [name, it] of await readTemplates(folder)) gallery.set(name, { ...it, brought: false });
  const { rows } = await pool.query(`select name, files from ${schema}._package`);
  for (const { name, files } of rows as { name: string; files: Record<string, string> }[]) {
    const given = packageOf(name, new Map(Object.entries(files)));
    const shown = gallery.get(name)?.manifest.version;
    if (given && (shown === undefined || compareVersions(given.manifest.version, shown) > 0))
      gallery.set(name, { ...given, brought: true });
  }
  return gallery;
}

/** A package, and whether it came from outside. */
export type Listed = TemplatePackage & { readonly brought: boolean };

/** Takes a package in, so that it can be installed. All that is wrong with it is told at once. */
export async function bringPackage(
  db: Queryable,
  { schema }: Workspace,
  bytes: Uint8Array,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<TemplatePackage> {
  const files = readTexts(withoutTop(unzip(bytes, packageLimits)));
  const given = packageOf("", files);
  if (!given) throw problem("package.malformed", { why: "has no template.json" });
  refuse(faultsOf(given, files).slice(0, 100));
  const { $id, version } = given.manifest;
  await db.query(
    `insert into ${schema}._package (name, version, files, at, by) values ($1, $2, $3, $4, $5)
     on conflict (name, version) do update set files = excluded.files, at = excluded.at, by = excluded.by`,
    [$id, version, JSON.stringify(Object.fromEntries(files)), now, by],
  );
  return given;
}

/** Takes a package that was brought in out of the gallery; what it installed stays. */
export async function dropPackage(db: Queryable, { schema }: Workspace, name: string): Promise<void> {
  const { rowCount } = await db.query(`delete from ${schema}._package where name = $1`, [name]);
  if (rowCount === 0) throw problem("template.missing", { name: name.slice(0, 80) });
}

/** Archives often have one folder around everything. */
function withoutTop(files: Files): Files {
  const tops = new Set([...files.keys()].map((path) => path.split("/")[0] ?? ""));
  const [top] = tops;
  if (tops.size !== 1 || files.has("template.json")) return files;
  return new Map([...files].map(([path, bytes]) => [path.slice((top ?? "").length + 1), bytes]));
}

function readTexts(files: Files): ReadonlyMap<string, string> {
  const faults: Fault[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const texts = [...files].flatMap(([path, bytes]): [string, string][] => {
    if (path === "README.md") return [];
    try {
      const text = decoder.decode(bytes);
      inspect(JSON.parse(text), path.split("/"), faults);
      return [[path, text]];
    } catch {
      faults.push(fault("package.file", { file: path, why: "is no JSON", path: `/${path}` }));
      return [];
    }
  });
  refuse(faults);
  return new Map(texts);
}

function faultsOf(given: TemplatePackage, files: ReadonlyMap<string, string>): readonly Fault[] {
  const faults: Fault[] = shapeFaults(given.manifest).map((it) => ({ ...it, path: `/template.json${it.path}` }));
  const wrong = (file: string, why: string) => faults.push(fault("package.file", { file, why, path: `/${file}` }));
  const parsed = (path: string) => JSON.parse(files.get(path) ?? "null") as unknown;
  for (const path of files.keys()) {
    const [folder = "", file] = path.split("/");
    if (path === "template.json") continue;
    if (file === undefined || (folder !== "records" && !packageFolders.has(folder))) wrong(path, "belongs nowhere");
    else if (folder === "records") faults.push(...sampleFaults(path, parsed(path)));
    else if (isExtension(path)) faults.push(...extensionFaults(path, parsed(path)));
    else {
      const found = shapeFaults(parsed(path));
      faults.push(...found.map((it) => ({ ...it, path: `/${path}${it.path}` })));
      const document = parsed(path) as AnyDocument;
      if (found.length === 0 && `${folderOf(kindOf(document))}/${nameOf(document)}.json` !== path)
        wrong(path, `holds the ${kindOf(document)} "${nameOf(document)}"`);
    }
  }
  return faults;
}

function sampleFaults(file: string, given: unknown): readonly Fault[] {
  const sound =
    Array.isArray(given) &&
    given.every((it) => typeof it?.entity === "string" && Array.isArray(it.records) && it.records.every(isObject));
  return sound ? [] : [fault("package.file", { file, why: "is no list of {entity, records}", path: `/${file}` })];
}

function extensionFaults(file: string, given: unknown): readonly Fault[] {
  const sound = isObject(given) && typeof given.$id === "string" && isObject(given.properties ?? {});
  return sound ? [] : [fault("package.file", { file, why: "extends no entity", path: `/${file}` })];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
