import { problem } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { endOlderSessions, endOtherSessions, endSession } from "../auth/accounts.ts";
import { rememberBrowser, trying } from "../auth/browser.ts";
import { keysToo } from "../auth/end-keys.ts";
import { passed, tokenIn } from "../auth/passed.ts";
import { fromHere, ownSession, sameOrigin } from "../auth/principal.ts";
import { countTry, forgiveTry } from "../auth/sign-in-tries.ts";
import { readObject } from "../body.ts";
import { secondFactor } from "./second-factor.ts";

/**
 * Signing in and out, and what a person may do with her own sessions. These routes of better-auth are open and no
 * others; each takes the values that it needs and nothing beside them.
 */
export const auth = new Hono<App>()

  .post("/sign-in/email", async (c) => {
    if (c.req.header("origin") !== undefined) sameOrigin(c.req.raw, c.var.services.origin);
    const { email, password, rememberMe = true } = await readObject(c);
    if (typeof email !== "string" || typeof password !== "string" || typeof rememberMe !== "boolean")
      throw problem("auth.malformed", {});
    const { pool } = c.var.workspace;
    const tried = trying(c, email);
    if (!(await countTry(pool, tried, c.var.now))) throw problem("auth.too_many_tries", {});
    const answer = await passed(c, { email, password, rememberMe });
    if (answer.status === 400 || answer.status === 401) throw problem("auth.wrong", {});
    if (!answer.ok) return answer;
    await forgiveTry(pool, tried, c.var.now);
    // Who owes a code has not signed in yet.
    return tokenIn(answer) === undefined ? answer : rememberBrowser(c, answer, email);
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

  .post("/change-password", fromHere, keysToo, async (c) => {
    const { currentPassword, newPassword } = await readObject(c);
    if (typeof currentPassword !== "string" || typeof newPassword !== "string") throw problem("auth.malformed", {});
    const { account } = await ownSession(c);
    // Whoever knew the old password is signed out with it.
    const answer = await passed(c, { currentPassword, newPassword, revokeOtherSessions: true });
    if (answer.ok) await endOlderSessions(c.var.workspace.pool, account, tokenIn(answer) ?? "");
    return answer;
  })

  .route("/two-factor", secondFactor);
