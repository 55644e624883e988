import { fault, nearest, problem, type Fault, type Model } from "engine";
import type { MiddlewareHandler } from "hono";
import type { App } from "./app.ts";

/** Lets nobody through but whoever has the engine's own role `admin`. */
export function onlyAdmins(right: string): MiddlewareHandler<App> {
  return async (c, next) => {
    if (!c.var.principal.roles.includes("admin")) throw problem("right.missing", { right });
    await next();
  };
}

/** The roles that a body names, each one known; `undefined` where it names none. */
export function readRoles(model: Model, given: unknown, faults: Fault[]): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given)) {
    faults.push(fault("setup.value", { wanted: "a list of roles", path: "/roles" }));
    return undefined;
  }
  const known = ["admin", ...model.roles.keys()];
  for (const [at, role] of given.entries())
    if (!known.includes(role)) {
      const hint = nearest(String(role), known);
      faults.push(
        fault("role.unknown", { role: String(role), path: `/roles/${at}`, ...(hint === undefined ? {} : { hint }) }),
      );
    }
  return given.filter((role) => known.includes(role));
}
