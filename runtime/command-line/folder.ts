import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileText, folderOf, kindOf, nameOf, pathOf } from "engine";
import { schemas, type AnyDocument } from "schemas";
import { CommandError, type Api } from "./command.ts";

const folders = Object.keys(schemas).map(folderOf);

/** The documents of a workspace as files of a folder: one each, and none that is not there any more. */
export async function writeFolder(folder: string, documents: readonly AnyDocument[]) {
  const wanted = new Map(documents.map((document) => [pathOf(document), fileText(document)]));
  const stand = await filesOf(folder);
  const gone = [...stand.keys()].filter((path) => !wanted.has(path));
  const changed = [...wanted].filter(([path, text]) => stand.get(path) !== text);
  for (const path of gone) await rm(join(folder, path));
  for (const [path, text] of changed) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return { written: changed.length, removed: gone.length, same: wanted.size - changed.length };
}

async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const kind of folders)
    for (const file of await readdir(join(folder, kind)).catch(() => []))
      if (file.endsWith(".json")) files.set(`${kind}/${file}`, await readFile(join(folder, kind, file), "utf8"));
  return files;
}

/** What a folder would change in the workspace: documents to be, and null where one is to go. */
export async function draftsOf(folder: string, api: Api) {
  const files = await filesOf(folder);
  if (files.size === 0) throw new CommandError(`There are no documents in ${folder}: begin with "trellis pull".`);
  const drafts: { kind: string; name: string; document: AnyDocument | null }[] = [];
  const { items } = (await api.get("/api/documents")) as { items: readonly AnyDocument[] };
  const stand = new Map(items.map((document) => [pathOf(document), document]));
  for (const [path, text] of files) {
    const document = parsed(path, text);
    const standing = stand.get(path);
    stand.delete(path);
    if (standing && fileText(standing) === fileText(document)) continue;
    drafts.push({ kind: kindOf(document), name: nameOf(document), document });
  }
  for (const document of stand.values())
    drafts.push({ kind: kindOf(document), name: nameOf(document), document: null });
  return drafts;
}

function parsed(path: string, text: string): AnyDocument {
  try {
    const document = JSON.parse(text) as AnyDocument;
    if (pathOf(document) === path) return document;
    throw new CommandError(`${path}  The document says that it is ${pathOf(document)}.`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path}  This is no document: ${error instanceof Error ? error.message : ""}`);
  }
}
