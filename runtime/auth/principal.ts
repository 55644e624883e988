import { acceptedLanguages, adminRole, problem, type Principal } from "engine";
import type { Context, MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import type { Workspace } from "../workspace.ts";
import type { Auth } from "./auth.ts";
import { inPlaceOf } from "./in-place-of.ts";
import { findKey } from "./keys.ts";

/** Who asks, as the request proves it. */
type Proof =
  | { readonly via: "session"; readonly account: string; readonly session: string }
  | { readonly via: "key"; readonly key: string; readonly user: string; readonly roles: readonly string[] | null };

const reading = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Finds out who asks, by session or by key, and what she may do. A right that this process gives or takes holds at once,
 * one that another gives or takes within a second. Requests without a valid proof end here.
 */
export function principalOf(auth: Auth, origin: string | undefined): MiddlewareHandler<App> {
  return async (c, next) => {
    const workspace = c.get("workspace");
    const proof = await proofOf(auth, c.req.raw.headers, workspace, c.get("now"));
    if (!proof) throw problem("auth.needed", {});
    if (proof.via === "session" && !reading.has(c.req.method)) sameOrigin(c.req.raw, origin);
    const principal = await findPrincipal(workspace, proof, c.req.header("accept-language"));
    if (!principal) throw problem("auth.needed", {});
    c.set("principal", await inPlaceOf(c, principal));
    await next();
  };
}

async function proofOf(auth: Auth, headers: Headers, workspace: Workspace, now: Date): Promise<Proof | undefined> {
  const bearer = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (bearer !== undefined) {
    const key = await findKey(workspace.pool, bearer, { model: workspace.model.version, now });
    return key?.workspace === workspace.name
      ? { via: "key", key: key.id, user: key.user, roles: key.roles }
      : undefined;
  }
  const session = await sessionOf(auth, headers);
  return session && { via: "session", ...session };
}

/** The session whose cookie a request brings, and its account. */
export async function sessionOf(
  auth: Auth,
  headers: Headers,
): Promise<{ readonly account: string; readonly session: string } | undefined> {
  if (headers.get("cookie") === null) return undefined;
  const { api } = await auth();
  const found = await api.getSession({ headers }).catch((error: unknown) => {
    throw (error instanceof Error && error.cause) || error;
  });
  return found ? { account: found.user.id, session: found.session.id } : undefined;
}

/** The same for routes of her who is signed in alone. */
export async function ownSession(c: Context<App>) {
  const session = await sessionOf(c.var.services.auth, c.req.raw.headers);
  if (!session) throw problem("auth.needed", {});
  return session;
}

/** A browser sends cookies along with what other sites make it ask: writes by cookie come from our own pages. */
export function sameOrigin(request: Request, origin: string | undefined): void {
  const given = request.headers.get("origin");
  const own = new Set([new URL(request.url).host, ...(origin === undefined ? [] : [new URL(origin).host])]);
  if (given === null || !URL.canParse(given) || !own.has(new URL(given).host)) throw problem("auth.origin", {});
}

/** Lets through what comes from our own pages. */
export const fromHere: MiddlewareHandler<App> = async (c, next) => {
  sameOrigin(c.req.raw, c.var.services.origin);
  await next();
};

/** What a user's own row says of her who asks. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly locale: string | null;
  readonly roles: readonly string[];
}

async function findPrincipal(
  workspace: Workspace,
  proof: Proof,
  accepted: string | undefined,
): Promise<Principal | undefined> {
  const { via } = proof;
  const proven = proof.via === "session" ? proof.account : proof.user;
  const found = await workspace.people.find(`${workspace.model.version} ${via} ${proven}`, () =>
    readPerson(workspace, via, proven),
  );
  if (!found) return undefined;
  const narrowed = proof.via === "key" ? (proof.roles ?? undefined) : undefined;
  const own = proof.via === "key" ? { key: proof.key } : { session: proof.session };
  return {
    id: found.id,
    name: found.name,
    roles: rolesLent(found.roles, narrowed),
    via,
    ...own,
    languages: languagesOf(proof, found.locale, accepted),
    ...(narrowed ? { narrowed } : {}),
  };
}

async function readPerson({ pool, schema }: Workspace, via: Proof["via"], proven: string): Promise<Person | undefined> {
  const { rows } = await pool.query({
    name: `principal-${via}-${schema}`,
    text: `select id, name, locale, coalesce(roles, '{}') as roles from ${schema}."user"
           where ${via === "session" ? "account_id" : "id"} = $1 and active and deleted_at is null`,
    values: [proven],
  });
  return rows[0];
}

/** A browser sends the languages of its machine with all that it asks, a program those that it means. */
function languagesOf({ via }: Proof, chosen: string | null, accepted = ""): readonly string[] {
  const own = chosen === null ? [] : [chosen];
  return via === "key" ? [...acceptedLanguages(accepted), ...own] : [...own, ...acceptedLanguages(accepted)];
}

/** The roles that a key leaves its user. An admin's key may have roles that its user has not. */
export function rolesLent(roles: readonly string[], narrowed: readonly string[] | undefined): readonly string[] {
  if (!narrowed) return roles;
  return roles.includes(adminRole) ? narrowed : roles.filter((role) => narrowed.includes(role));
}
