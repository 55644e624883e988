import { problem, type Principal } from "engine";
import type { Context } from "hono";
import type { App } from "../app.ts";
import { giverOf } from "../store/delegations.ts";
import { rolesLent } from "./principal.ts";

/**
 * Where records are worked with, files of them too. Everything else is the person's own, or about rights. Her saved views
 * are looked at and not changed: they are how she looks at records, and no history says who has changed them.
 */
const allowed =
  /^\/(mcp$|api\/(model|records|search|tasks|imports|exports|files|live|operations|openapi\.json|docs)(\/|$)|api\/views$)/;
const addressed = /^\/api\/(live$|files\/)/;

/**
 * Whoever is meant where somebody asks in another's place: the other, by her rights, with who asks as the actor. The
 * header `Trellis-For` names her by id; a stream of events and a file to be saved, to which browsers give no headers, have it in their address.
 */
export async function inPlaceOf(c: Context<App>, principal: Principal): Promise<Principal> {
  const named = c.req.header("trellis-for") ?? (addressed.test(c.req.path) ? c.req.query("for") : undefined);
  if (named === undefined) return principal;
  const { workspace, now } = c.var;
  const giver = await giverOf(workspace.pool, workspace, named, principal.id, now);
  if (!giver) throw problem("delegation.none", {});
  const looks = c.req.method === "GET" || c.req.path === "/mcp";
  if (!allowed.test(c.req.path) || (c.req.path === "/api/views" && !looks))
    throw problem("delegation.records_only", {});
  const { id, name } = principal;
  return { ...principal, ...giver, roles: rolesLent(giver.roles, principal.narrowed), actor: { id, name } };
}
