import { problem } from "engine";
import { Hono, type Context, type MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { App } from "../app.ts";
import { endOtherSessions, endSession } from "../auth/accounts.ts";
import { sameOrigin, sessionOf } from "../auth/principal.ts";
import { countTry, deviceProof, forgiveTry } from "../auth/sign-in-tries.ts";
import { readObject } from "../body.ts";
import { clientAddress, networkOf } from "../client-address.ts";

const deviceCookie = "trellis.device";
const deviceSeconds = 180 * 86_400;

/** A browser sends cookies along with what other sites make it ask. */
const fromHere: MiddlewareHandler<App> = async (c, next) => {
  sameOrigin(c.req.raw, c.var.services.origin);
  await next();
};

/**
 * Signing in and out, and what a person may do with her own sessions. These routes of better-auth are open and no
 * others; each takes the values that it needs and nothing beside them.
 */
export const auth = new Hono<App>()

  .post("/sign-in/email", async (c) => {
    const { origin } = c.var.services;
    if (c.req.header("origin") !== undefined) sameOrigin(c.req.raw, origin);
    const { email, password, rememberMe = true } = await readObject(c);
    if (typeof email !== "string" || typeof password !== "string" || typeof rememberMe !== "boolean")
      throw problem("auth.malformed", {});
    const { pool } = c.var.workspace;
    const network = networkOf(clientAddress(c, c.var.services.proxies) ?? "");
    const trying = { email, network, device: getCookie(c, deviceCookie) };
    if (!(await countTry(pool, trying, c.var.now))) throw problem("auth.too_many_tries", {});
    const answer = await passed(c, { email, password, rememberMe });
    if (answer.status === 400 || answer.status === 401) throw problem("auth.wrong", {});
    if (!answer.ok) return answer;
    await forgiveTry(pool, trying, c.var.now);
    c.res = new Response(answer.body, answer);
    const secure = (origin ?? c.req.url).startsWith("https:");
    const options = { httpOnly: true, secure, sameSite: "Strict", path: "/api/auth", maxAge: deviceSeconds } as const;
    setCookie(c, deviceCookie, await deviceProof(pool, email), options);
    return c.res;
  })

  .get("/get-session", (c) => passed(c))
  .get("/list-sessions", (c) => passed(c))

  .post("/sign-out", fromHere, (c) => passed(c, {}))
  .post("/revoke-sessions", fromHere, (c) => passed(c, {}))

  .post("/revoke-other-sessions", fromHere, async (c) => {
    const { account, session } = await ownSession(c);
    await endOtherSessions(c.var.workspace.pool, account, session);
    return c.json({ status: true });
  })

  .post("/revoke-session", fromHere, async (c) => {
    const { token } = await readObject(c);
    if (typeof token !== "string") throw problem("auth.malformed", {});
    const { account } = await ownSession(c);
    await endSession(c.var.workspace.pool, account, token);
    return c.json({ status: true });
  })

  .post("/change-password", fromHere, async (c) => {
    const { currentPassword, newPassword } = await readObject(c);
    if (typeof currentPassword !== "string" || typeof newPassword !== "string") throw problem("auth.malformed", {});
    // Whoever knew the old password is signed out with it.
    return passed(c, { currentPassword, newPassword, revokeOtherSessions: true });
  });

async function ownSession(c: Context<App>) {
  const session = await sessionOf(c.var.services.auth, c.req.raw.headers);
  if (!session) throw problem("auth.needed", {});
  return session;
}

/** Asks better-auth by the route's own path, with the address that we believe. */
async function passed(c: Context<App>, body?: object): Promise<Response> {
  const { services } = c.var;
  const headers = new Headers();
  for (const name of ["cookie", "origin", "user-agent", "host"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  headers.set("x-trellis-address", clientAddress(c, services.proxies) ?? "127.0.0.1");
  if (body !== undefined) headers.set("content-type", "application/json");
  const init = { method: c.req.method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const { handler } = await services.auth();
  return handler(new Request(new URL(c.req.path, c.req.url), init));
}
