import { randomUUID } from "node:crypto";
import { fault, problem, type Fault } from "engine";
import type { Context } from "hono";
import { readBytes } from "../body.ts";
import { cleanName } from "../file-name.ts";
import { typeOf } from "../file-type.ts";
import type { SentFile, SentFrom } from "../store/portal-acts.ts";

/** The name of the question for files; no field is called so. */
export const filesName = "-files";
export const filesMost = 5;
export const fileBytesMax = 10_000_000;
const bytesMax = 256_000;
const withFilesMax = 25_000_000;

const partsMost = 1000;

/**
 * What may be attached, told by its bytes, and the endings that its name may have: pictures, PDF, texts and the formats of
 * offices. Nothing that a machine would run: which of its programs opens a file, the ending says.
 */
export const attachable: ReadonlyMap<string, readonly string[]> = new Map([
  ["application/pdf", ["pdf"]],
  ["image/png", ["png"]],
  ["image/jpeg", ["jpg", "jpeg"]],
  ["image/gif", ["gif"]],
  ["image/webp", ["webp"]],
  ["text/plain", ["txt", "log", "md", "json", "tsv"]],
  ["text/csv", ["csv"]],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["docx"]],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ["xlsx"]],
  ["application/vnd.openxmlformats-officedocument.presentationml.presentation", ["pptx"]],
  ["application/vnd.oasis.opendocument.text", ["odt"]],
  ["application/vnd.oasis.opendocument.spreadsheet", ["ods"]],
]);

/** Whether a file may be attached: by what it is, and by what its name makes a machine do with it. */
function mayAttach({ name, type }: { readonly name: string; readonly type: string }): boolean {
  const ending = /\.([^.]*)$/.exec(name)?.[1]?.toLowerCase();
  const endings = attachable.get(type);
  return endings !== undefined && (ending === undefined || endings.includes(ending));
}

/** The fields of a form as a page without scripts sends them. */
export async function readFields(c: Context<any, any>): Promise<URLSearchParams> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw problem("body.type", { type: type.slice(0, 80) });
  return new URLSearchParams((await readBytes(c, bytesMax)).toString("utf8"));
}

/** What was sent from a page, and what is wrong with the files among it. */
export interface ReadSent extends SentFrom {
  readonly faults: readonly Fault[];
}

/** What was sent from a page, with its files where it may bring some. Nothing of it is kept here. */
export async function sentFrom(c: Context<any, any>): Promise<ReadSent> {
  const multipart = /^multipart\/form-data\b/i.test(c.req.header("content-type") ?? "");
  const read = multipart ? await readMultipart(c) : { fields: await readFields(c), files: [], faults: [] };
  const { fields, files, faults } = read;
  const once = (fields.get("~once") ?? "").replaceAll("\0", "").slice(0, 120);
  return {
    names: [...new Set(fields.keys())].filter((name) => name !== "~once"),
    answers: (name) => fields.getAll(name),
    once: once === "" ? randomUUID() : once,
    ...{ files, faults },
  };
}

async function readMultipart(c: Context<any, any>) {
  const bytes = await readBytes(c, withFilesMax);
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(c.req.header("content-type") ?? "") ?? [];
  const boundary = quoted ?? plain;
  // To read a form takes as long as it has parts, and nothing else is done meanwhile.
  if (boundary === undefined || occurs(bytes, `--${boundary}`, partsMost + 2) > partsMost + 1)
    throw problem("body.malformed", { fault: `a form of ${String(partsMost)} parts at most is wanted` });
  const type = `multipart/form-data; boundary="${boundary}"`;
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData().catch(() => {
    throw problem("body.malformed", { fault: "the form cannot be read" });
  });
  const fields = new URLSearchParams();
  const given: File[] = [];
  for (const [name, value] of form)
    if (typeof value === "string") fields.append(name, value);
    else if (name === filesName && (value.size > 0 || value.name !== "")) given.push(value);
    else if (name !== filesName) fields.append(name, value.name);
  if (form.getAll(filesName).some((it) => typeof it === "string")) fields.append(filesName, "");
  const files = await Promise.all(given.slice(0, filesMost + 1).map(readFile));
  const wrong = (why: string) => fault("portal.file", { why, path: `/${filesName}` });
  const faults = [
    ...(files.length > filesMost ? [wrong(`${String(filesMost)} files at most`)] : []),
    ...files.flatMap(({ name, bytes: own, type: found }) => [
      ...(own.length > fileBytesMax
        ? [wrong(`"${name}" weighs more than ${String(fileBytesMax / 1_000_000)} MB`)]
        : []),
      ...(mayAttach({ name, type: found }) ? [] : [wrong(`"${name}" is no picture, PDF, text or office document`)]),
    ]),
  ];
  return { fields, files, faults };
}

/** How often a text stands in bytes; `most` is not counted beyond. */
function occurs(bytes: Buffer, text: string, most: number): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0 && count < most; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

async function readFile(file: File): Promise<SentFile & { readonly type: string }> {
  const name = cleanName(file.name, "file");
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { name, bytes, type: typeOf(bytes, name) };
}
