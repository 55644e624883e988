/** The one way to the server. */
import { actFor, askedFor } from "./acting.ts";

/** One thing that is wrong with what was asked. */
export interface Fault {
  readonly code: string;
  readonly path: string;
  readonly detail: string;
  readonly hint?: string;
  readonly alike?: AlikeTold;
}

/** Records that are like the one that was sent, as far as the sender may know of them. */
export interface AlikeTold {
  readonly entity: string;
  /** Whether it is stored all the same with a reason. */
  readonly ask: boolean;
  readonly records: readonly { readonly id: string; readonly name: string | null }[];
  readonly hidden: boolean;
  readonly owners: readonly string[];
}

/** What the server refused, and why (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly Fault[];

  constructor(status: number, code: string, detail: string, faults: readonly Fault[]) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.faults = faults;
  }

  /** The sentence for a field, by the last part of its path. */
  for(field: string): string | undefined {
    return this.faults.find(({ path }) => path.split("/").includes(field))?.detail;
  }
}

export interface Answer<Body> {
  readonly body: Body;
  readonly etag: string | undefined;
  /** The operation that a write was. */
  readonly operation: string | undefined;
  /** From where on one listens, where the answer says it. */
  readonly live: string | undefined;
}

interface Asking {
  readonly body?: unknown;
  readonly version?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** It stores nothing, whatever its method: sent again it needs no key. */
  readonly looks?: boolean;
}

const retryMs = 1000;

/** Asks the server. Throws a `Problem` for what it refuses; a server that is away is asked once more. */
export async function ask<Body = any>(
  method: string,
  path: string,
  { body, version, signal, looks = false }: Asking = {},
): Promise<Answer<Body>> {
  const headers: Record<string, string> = {};
  if (body !== undefined && !(body instanceof FormData)) headers["content-type"] = "application/json";
  if (version !== undefined) headers["if-match"] = `"${version}"`;
  const giver = askedFor(path);
  if (giver !== undefined) headers["trellis-for"] = giver;
  if (method === "POST" && !looks) headers["idempotency-key"] = crypto.randomUUID();
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = body instanceof FormData ? body : JSON.stringify(body);
  if (signal) init.signal = signal;
  const response = await twice(() => fetch(path, init), method === "GET" || looks || "idempotency-key" in headers);
  const text = await response.text();
  const json = /json/.test(response.headers.get("content-type") ?? "") && text !== "" ? JSON.parse(text) : undefined;
  if (json?.code === "delegation.none") actFor(undefined);
  if (!response.ok) throw problemOf(response, json);
  return {
    body: json as Body,
    etag: response.headers.get("etag") ?? undefined,
    operation: response.headers.get("trellis-operation") ?? undefined,
    live: response.headers.get("trellis-live") ?? undefined,
  };
}

/** Sends once more what a server was too busy for, and what no answer came to where sending it twice does it once. */
async function twice(send: () => Promise<Response>, safe: boolean): Promise<Response> {
  const first = await send().catch((error: unknown) => {
    if (!safe || (error as Error).name === "AbortError") throw error;
    return undefined;
  });
  if (first && first.status !== 503) return first;
  await new Promise((done) => setTimeout(done, retryMs));
  return await send();
}

/** A farewell that goes out though the page is being left; nobody waits for its answer. */
export function farewell(path: string): void {
  void fetch(path, { method: "DELETE", credentials: "same-origin", keepalive: true }).catch(() => undefined);
}

function problemOf(response: Response, json: any): Problem {
  const detail = json?.detail ?? json?.message ?? response.statusText;
  return new Problem(response.status, json?.code ?? "unknown", detail, json?.problems ?? []);
}

export const get = <Body = any>(path: string, signal?: AbortSignal) =>
  ask<Body>("GET", path, { signal }).then(({ body }) => body);
export const post = <Body = any>(path: string, body?: unknown) => ask<Body>("POST", path, { body: body ?? {} });
export const patch = <Body = any>(path: string, body: unknown, version: number) =>
  ask<Body>("PATCH", path, { body, version });
export const remove = (path: string, version: number) => ask("DELETE", path, { version });

/** A record as lists and pages have it. */
export interface RecordRow {
  readonly id: string;
  readonly version: number;
  readonly _names?: Readonly<Record<string, string | null>>;
  readonly _masked?: readonly string[];
  /** The place of its colour among those that were asked for. */
  readonly _colour?: number | null;
  readonly [field: string]: unknown;
}

export interface Page {
  readonly items: readonly RecordRow[];
  readonly next: string | null;
  readonly count?: { readonly value: number; readonly more: boolean };
}

/** The path of a list with its query; empty parts are left out. */
export function listPath(entity: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return `/api/records/${entity}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
