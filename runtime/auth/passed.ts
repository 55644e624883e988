import type { Context } from "hono";
import type { App } from "../app.ts";
import { clientAddress } from "../client-address.ts";

const base = "/api/auth";

/**
 * Asks better-auth for one of its routes, with the address that we believe and the cookies that came. `without` leaves
 * out those cookies whose names end so.
 */
export async function passed(
  c: Context<App>,
  body?: object,
  { route, without }: { readonly route?: string; readonly without?: string } = {},
): Promise<Response> {
  const { services } = c.var;
  const headers = new Headers();
  for (const name of ["cookie", "origin", "user-agent", "host"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  if (without !== undefined) headers.set("cookie", cookiesWithout(headers.get("cookie") ?? "", without));
  headers.set("x-trellis-address", clientAddress(c, services.proxies) ?? "127.0.0.1");
  if (body !== undefined) headers.set("content-type", "application/json");
  const init = { method: c.req.method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const { handler } = await services.auth();
  const path = route === undefined ? c.req.path : `${base}${route}`;
  return handler(new Request(new URL(path, c.req.url), init));
}

const cookiesWithout = (cookies: string, ending: string) =>
  cookies
    .split(/; */)
    .filter((it) => !it.split("=")[0]!.endsWith(ending))
    .join("; ");

/** The token of the session that an answer begins; undefined where it begins none. */
export function tokenIn(answer: Response): string | undefined {
  const cookie = answer.headers.getSetCookie().find((it) => /^[^=]*session_token=[^;]/.test(it));
  const [, value = ""] = /=([^;]*)/.exec(cookie ?? "") ?? [];
  return value === "" ? undefined : decodeURIComponent(value).split(".")[0];
}
