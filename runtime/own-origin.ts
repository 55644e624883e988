import type { Context } from "hono";
import type { App } from "./app.ts";

/**
 * Where links of mails lead. What a request says of its host proves nothing: without an address of our own it is believed
 * on this machine alone.
 */
export function originOf(c: Context<App, any>): string | undefined {
  const { origin, hostname } = new URL(c.req.url);
  const own = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return c.var.services.origin ?? (own ? origin : undefined);
}
