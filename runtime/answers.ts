import type { Context, MiddlewareHandler } from "hono";
import type { App } from "./app.ts";
import { contentPolicy, publicPolicy } from "./content-policy.ts";

/** What every answer says where it does not say otherwise: other pages get nothing out of it, and it is what it says it is. */
const always: Readonly<Record<string, string>> = {
  "content-security-policy": contentPolicy(),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=15552000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "SAMEORIGIN",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
};

/** Nobody keeps what a route of the API has answered. */
const unkept: Readonly<Record<string, string>> = { "cache-control": "no-store" };

/**
 * All that an answer of the API says whatever it answers, with room for what each tells of itself: copied as a whole,
 * which costs least.
 */
const alike = { "content-type": "application/json", ...always, ...unkept, "x-request-id": "", "server-timing": "" };

const dressed = new WeakSet<Response>();

/**
 * An answer of the API that says all that there is to say when it is made. Whoever looks into the headers of an answer
 * later makes a `Headers` of them, which takes longer than a record takes to be read: these are left alone.
 */
export function answerJson(
  c: Context<App, any>,
  text: string,
  status: 200 | 201 = 200,
  own: Readonly<Record<string, string>> = {},
): Response {
  const headers = { ...alike, ...toldBy(c), ...own };
  const response = new Response(text, { status, headers });
  dressed.add(response);
  return response;
}

/** Who may show a page of ours within her own, or load what it is made of. */
interface Openness {
  /** Web sites in whose pages it may stand. */
  readonly within?: readonly string[];
  /** Every page may load it. */
  readonly everywhere?: true;
}

/** An answer for everybody: a page without a cookie, or a part of one. */
export function answerPublic(
  c: Context<App, any>,
  body: string | { toString(): string },
  status: 200 | 404 | 409 | 410 | 422 | 429 = 200,
  own: Readonly<Record<string, string>> = {},
  { within, everywhere }: Openness = {},
): Response {
  const { "x-frame-options": framed, ...plain } = always;
  const headers = {
    ...{ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    ...(within === undefined ? { ...plain, "x-frame-options": framed ?? "DENY" } : plain),
    ...toldBy(c),
    ...own,
    "content-security-policy": publicPolicy(within ?? []),
    ...(everywhere ? { "cross-origin-resource-policy": "cross-origin" } : {}),
  };
  const response = new Response(String(body), { status, headers });
  dressed.add(response);
  return response;
}

/** What the request is called, and how long it has taken. */
function toldBy(c: Context<App, any>): Readonly<Record<string, string>> {
  const ms = performance.now() - c.get("begun");
  return { "x-request-id": c.get("requestId"), "server-timing": `total;dur=${ms.toFixed(1)}` };
}

/** Says what every answer says, after all others had their say. */
export const dressing: MiddlewareHandler<App> = async (c, next) => {
  await next();
  if (!dressed.has(c.res)) dress(c.res, { ...always, ...toldBy(c) });
};

/** Says of the answers of the API that nobody keeps them. */
export const keptByNobody: MiddlewareHandler<App> = async (c, next) => {
  await next();
  if (!dressed.has(c.res)) dress(c.res, unkept);
};

/**
 * Headers are set on the answer as it is: by way of the context Hono would make another one around the body as a stream.
 */
function dress({ headers }: Response, said: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(said)) if (!headers.has(name)) headers.set(name, value);
}
