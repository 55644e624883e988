import { fault, problem, refuse, type Fault } from "engine";
import type { Context } from "hono";

const bytesMax = 8_000_000;
const depthMax = 64;

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

/** The same of a text that is read already. */
export function jsonOf(c: Context, text: string): unknown {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) throw problem("body.type", { type });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw problem("body.malformed", { fault: error instanceof Error ? error.message : "" });
  }
  const faults: Fault[] = [];
  inspect(value, "", 0, faults);
  refuse(faults.slice(0, 50));
  return value;
}

/** The body as it came, counted as it comes: what its sender says of its length proves nothing. */
export async function readBytes(c: Context, bytesMax: number): Promise<Buffer> {
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

/** The same for routes that want an object. */
export async function readObject(c: Context): Promise<Record<string, unknown>> {
  const value = await readJson(c);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw problem("body.malformed", { fault: "an object is wanted" });
  return value as Record<string, unknown>;
}

/** Tells what of a value no column could hold, and where it is too deep. */
export function inspect(value: unknown, path: string, depth: number, faults: Fault[]): void {
  if (depth > depthMax) {
    faults.push(fault("body.too_deep", { depthMax, path }));
  } else if (typeof value === "string") {
    if (value.includes("\0") || !value.isWellFormed()) faults.push(fault("value.not_text", { path }));
  } else if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) inspect(item, `${path}/${at}`, depth + 1, faults);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const place = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (name === "__proto__" || name.includes("\0") || !name.isWellFormed())
        faults.push(fault("body.name", { path: place }));
      else inspect(item, place, depth + 1, faults);
    }
  }
}
