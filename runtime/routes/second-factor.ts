import { problem } from "engine";
import { Hono, type Context } from "hono";
import { getCookie } from "hono/cookie";
import type { App } from "../app.ts";
import { endOlderSessions, endOtherSessions } from "../auth/accounts.ts";
import { rememberBrowser, trying } from "../auth/browser.ts";
import { keysToo } from "../auth/end-keys.ts";
import { passed, tokenIn } from "../auth/passed.ts";
import { fromHere, ownSession } from "../auth/principal.ts";
import { giveBack, owing, ownerOf, takeCode, type Owner } from "../auth/second-factor.ts";
import { countTry, forgiveTry } from "../auth/sign-in-tries.ts";
import { readObject } from "../body.ts";

const challengeCookie = /(^|; *)((?:__Secure-)?trellis\.two_factor)=/;
const byTheClock = /^\d{6}$/;

/**
 * The second factor: codes by the clock, and ten codes to fall back on, each good for once. Who owes a code after her
 * password has no session. Whatever changes the factor wants the password, and a code where there is a factor already,
 * and ends all other sessions, keys only where that is chosen.
 */
export const secondFactor = new Hono<App>()

  .get("/", async (c) => {
    const { account } = await ownSession(c);
    const { api } = await c.var.services.auth();
    const session = await api.getSession({ headers: c.req.raw.headers });
    if (!session?.user.twoFactorEnabled) return c.json({ on: false, backup_codes: 0 });
    const { backupCodes } = await api.viewBackupCodes({ body: { userId: account } });
    return c.json({ on: true, backup_codes: backupCodes.length });
  })

  /** The second step of signing in. */
  .post("/verify", fromHere, async (c) => {
    const { code } = await given(c, "code");
    const [, , name = ""] = challengeCookie.exec(c.req.header("cookie") ?? "") ?? [];
    const owner = await owing(c.var.workspace.pool, getCookie(c, name) ?? "");
    if (!owner) throw problem("factor.challenge", {});
    return rememberBrowser(c, await proved(c, owner, code, "session_token"), owner.email);
  })

  /** Begins to turn it on: a secret for an authenticator, and the codes to fall back on. */
  .post("/enable", fromHere, async (c) => {
    const { password } = await given(c, "password");
    await checkPassword(c, await ownerHere(c), password);
    const body = { password, method: "totp", issuer: c.var.model.workspace?.name ?? "Trellis" };
    const answer = await passed(c, body);
    // Two that begin at the same time meet at the account's one row: who comes second finds it.
    return answered(answer.status >= 500 ? await passed(c, body) : answer);
  })

  /** Turns it on, by a code of the authenticator that was set up. */
  .post("/confirm", fromHere, keysToo, async (c) => {
    const { code } = await given(c, "code");
    const owner = await ownerHere(c);
    if (await hasFactor(c)) throw problem("factor.on", {});
    if (!byTheClock.test(code)) throw problem("factor.wrong", { path: "/code" });
    return ended(c, owner, await proved(c, owner, code));
  })

  .post("/disable", fromHere, keysToo, async (c) => {
    const { password, owner } = await entitled(c);
    return ended(c, owner, await answered(await passed(c, { password })));
  })

  /** Makes the codes to fall back on anew; the former ones open nothing any more. */
  .post("/backup-codes", fromHere, keysToo, async (c) => {
    const { password, owner } = await entitled(c);
    const answer = await answered(await passed(c, { password }, { route: "/two-factor/generate-backup-codes" }));
    const { session } = await ownSession(c);
    await endOtherSessions(c.var.workspace.pool, owner.account, session);
    return answer;
  });

async function given<Name extends string>(c: Context<App>, ...names: readonly Name[]): Promise<Record<Name, string>> {
  const body = await readObject(c);
  if (names.some((name) => typeof body[name] !== "string" || body[name].length > 200))
    throw problem("auth.malformed", {});
  const { code } = body;
  return {
    ...body,
    ...(typeof code === "string" ? { code: code.trim().replace(/^(\d{3}) (\d{3})$/, "$1$2") } : {}),
  } as Record<Name, string>;
}

async function ownerHere(c: Context<App>): Promise<Owner> {
  return ownerOf(c.var.workspace.pool, (await ownSession(c)).account);
}

async function hasFactor(c: Context<App>): Promise<boolean> {
  const { api } = await c.var.services.auth();
  return (await api.getSession({ headers: c.req.raw.headers }))?.user.twoFactorEnabled === true;
}

/** Who may change the factor that she has: password and code are hers. */
async function entitled(c: Context<App>): Promise<{ readonly password: string; readonly owner: Owner }> {
  const { password, code } = await given(c, "password", "code");
  const owner = await ownerHere(c);
  if (!(await hasFactor(c))) throw problem("factor.off", {});
  await checkPassword(c, owner, password);
  await proved(c, owner, code);
  return { password, owner };
}

async function checkPassword(c: Context<App>, { email }: Owner, password: string): Promise<void> {
  const { pool } = c.var.workspace;
  if (!(await countTry(pool, trying(c, email), c.var.now))) throw problem("auth.too_many_tries", {});
  const { api } = await c.var.services.auth();
  const { status } = await api
    .verifyPassword({ body: { password }, headers: c.req.raw.headers })
    .catch(() => ({ status: false }));
  if (!status) throw problem("auth.password", { path: "/password" });
  await forgiveTry(pool, trying(c, email), c.var.now);
}

/** What better-auth answers to a code that is right; a wrong one, or one that was used, is a try that counts. */
async function proved(c: Context<App>, { account, email }: Owner, code: string, without?: string): Promise<Response> {
  const { pool } = c.var.workspace;
  const tried = { ...trying(c, email), of: "code" } as const;
  if (!(await countTry(pool, tried, c.var.now))) throw problem("auth.too_many_tries", {});
  const timed = byTheClock.test(code);
  if (timed && !(await takeCode(pool, account, code, c.var.now))) throw problem("factor.wrong", { path: "/code" });
  const route = timed ? "/two-factor/verify-totp" : "/two-factor/verify-backup-code";
  const answer = await passed(c, { code }, { route, ...(without === undefined ? {} : { without }) });
  if (!answer.ok && timed) await giveBack(pool, account, code);
  await answered(answer);
  await forgiveTry(pool, tried, c.var.now);
  return answer;
}

const refusals = {
  INVALID_TWO_FACTOR_COOKIE: () => problem("factor.challenge", {}),
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: () => problem("factor.challenge", {}),
  TOTP_ALREADY_ENABLED: () => problem("factor.on", {}),
  TOTP_NOT_ENABLED: () => problem("factor.off", {}),
  UNAUTHORIZED: () => problem("auth.needed", {}),
} as const;

/** An answer of better-auth that says yes; what it refuses is said as we say it. */
async function answered(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  if (answer.status >= 500) throw new Error(`better-auth answered ${answer.status}`);
  const { code = "" } = (await answer.json()) as { code?: string };
  throw Object.hasOwn(refusals, code)
    ? refusals[code as keyof typeof refusals]()
    : problem("factor.wrong", { path: "/code" });
}

/** The factor is another one now: every session ends but the new one that the answer begins. */
async function ended(c: Context<App>, { account }: Owner, answer: Response): Promise<Response> {
  await endOlderSessions(c.var.workspace.pool, account, tokenIn(answer) ?? "");
  return answer;
}
