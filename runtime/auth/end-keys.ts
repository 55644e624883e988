import { problem } from "engine";
import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { revokeKeysOf } from "./keys.ts";
import { sessionOf } from "./principal.ts";

/** Where what somebody proves herself with changes: her keys end too, where she says so with `end_keys`. */
export const keysToo: MiddlewareHandler<App> = async (c, next) => {
  const { end_keys: chosen = false } = await readObject(c);
  if (typeof chosen !== "boolean") throw problem("auth.malformed", {});
  const session = chosen ? await sessionOf(c.var.services.auth, c.req.raw.headers) : undefined;
  await next();
  if (session && c.res.ok) await revokeKeysOf(c.var.workspace, session.account, c.var.now);
};
