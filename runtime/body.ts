import { fault, problem, refuse, type Fault } from "engine";
import type { Context, MiddlewareHandler } from "hono";

const bytesMax = 8_000_000;
const formBytesMax = 65_000_000;
const depthMax = 64;

/**
 * No request brings more than any route could want, nor an address with NUL in it, which no text column could be asked
 * for. Who says how much it is is held to it by the server; who says nothing is read here as far as the bound, before
 * anybody keeps what came.
 */
export const bounded: MiddlewareHandler = async (c, next) => {
  const most = /^(?:multipart\/|message\/rfc822\b)/i.test(c.req.header("content-type") ?? "") ? formBytesMax : bytesMax;
  const { raw } = c.req;
  if (raw.url.includes("%00")) throw problem("address.not_text", {});
  if (Number(c.req.header("content-length") ?? 0) > most) throw problem("body.too_large", { bytesMax: most });
  if (c.req.header("content-length") === undefined && raw.method !== "GET" && raw.body) {
    const body = await readBytes(c, most);
    const headers = new Headers(raw.headers);
    headers.set("content-length", String(body.byteLength));
    c.req.raw = new Request(raw.url, { method: raw.method, headers, body, signal: raw.signal });
  }
  await next();
};

/**
 * The JSON that a request brings. What no text column and no expression could hold is refused here, once for all routes:
 * NUL, halves of surrogate pairs, names that JavaScript would mistake for its own, bodies too large or too deep.
 */
export async function readJson(c: Context): Promise<unknown> {
  if (Number(c.req.header("content-length") ?? 0) > bytesMax) throw problem("body.too_large", { bytesMax });
  const text = await c.req.text();
  if (text.length > bytesMax) throw problem("body.too_large", { bytesMax });
  return jsonOf(c, text);
}

/** Whether a content type is one of JSON (RFC 6839, section 3.1). */
export const isJson = (type: string): boolean => /^application\/([\w.+-]+\+)?json\b/i.test(type);

/** The same of a text that is read already. */
export function jsonOf(c: Context, text: string): unknown {
  const type = c.req.header("content-type") ?? "";
  if (!isJson(type)) throw problem("body.type", { type });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw problem("body.malformed", { fault: error instanceof Error ? error.message : "" });
  }
  const faults: Fault[] = [];
  inspect(value, [], faults);
  refuse(faults.slice(0, 50));
  return value;
}

/** The body as it came, counted as it comes: what its sender says of its length proves nothing. */
export async function readBytes(c: Context, bytesMax: number): Promise<Buffer<ArrayBuffer>> {
  if (Number(c.req.header("content-length") ?? 0) > bytesMax) throw problem("body.too_large", { bytesMax });
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of c.req.raw.body ?? []) {
    size += piece.length;
    if (size > bytesMax) throw problem("body.too_large", { bytesMax });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The file of a form, and what else stands in the form. */
export async function readFileForm(c: Context, bytesMax: number) {
  const type = c.req.header("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) throw problem("body.type", { type });
  if (Number(c.req.header("content-length") ?? 0) > bytesMax + 1_000_000) throw problem("file.too_large", { bytesMax });
  const form = await c.req.parseBody().catch(() => {
    throw problem("body.malformed", { fault: "the form cannot be read" });
  });
  const { file } = form;
  if (!(file instanceof File)) throw problem("body.malformed", { fault: "a file is wanted", path: "/file" });
  if (file.size > bytesMax) throw problem("file.too_large", { bytesMax });
  return { form, name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/** The same for routes that want an object. */
export async function readObject(c: Context): Promise<Record<string, unknown>> {
  const value = await readJson(c);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw problem("body.malformed", { fault: "an object is wanted" });
  return value as Record<string, unknown>;
}

/**
 * Tells what of a value no column could hold, and where it is too deep; `trail` leads to the value. Few values are at
 * fault: the trail to each is kept as one list, and only where it is told it becomes a text.
 */
export function inspect(value: unknown, trail: readonly string[], faults: Fault[]): void {
  const steps: (string | number)[] = [...trail];
  const most = steps.length + depthMax;
  const into = (item: unknown, step: string | number) => {
    steps.push(step);
    look(item);
    steps.pop();
  };
  const look = (it: unknown) => {
    if (steps.length > most) {
      faults.push(fault("body.too_deep", { depthMax, path: placeOf(steps) }));
    } else if (typeof it === "string") {
      if (it.includes("\0") || !it.isWellFormed()) faults.push(fault("value.not_text", { path: placeOf(steps) }));
    } else if (Array.isArray(it)) {
      for (let at = 0; at < it.length; at++) into(it[at], at);
    } else if (typeof it === "object" && it !== null) {
      for (const name of Object.keys(it))
        if (name === "__proto__" || name.includes("\0") || !name.isWellFormed())
          faults.push(fault("body.name", { path: placeOf([...steps, name]) }));
        else into((it as Record<string, unknown>)[name], name);
    }
  };
  look(value);
}

const placeOf = (steps: readonly (string | number)[]): string =>
  steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
