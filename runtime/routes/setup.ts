import { getConnInfo } from "@hono/node-server/conninfo";
import { problem } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { readSetup, setUp, setUpNeeded } from "../store/setup.ts";

/** The first visit: makes the first admin and names the workspace. Works once. */
export const setup = new Hono<App>()

  .get("/", async (c) => c.json({ needed: await setUpNeeded(c.var.workspace) }))

  .post("/", async (c) => {
    const body = await readObject(c);
    if (!onThisMachine(c) && body.token !== c.var.services.setupToken) throw problem("setup.token", { path: "/token" });
    const given = readSetup(body);
    const user = await setUp(c.var.workspace, given, c.var.now);
    const { api } = await c.var.services.auth();
    const signedIn = await api.signInEmail({
      body: { email: given.email, password: given.password },
      headers: c.req.raw.headers,
      asResponse: true,
    });
    for (const cookie of signedIn.headers.getSetCookie()) c.header("set-cookie", cookie, { append: true });
    return c.json({ user, workspace: c.var.workspace.name }, 201);
  });

/** Whoever sits at the machine, or calls the app without a network, may set it up. */
function onThisMachine(c: Context<App>): boolean {
  if (!(c.env as { incoming?: unknown } | undefined)?.incoming) return true;
  if (c.req.header("x-forwarded-for") !== undefined || c.req.header("forwarded") !== undefined) return false;
  const { address = "" } = getConnInfo(c).remote;
  return address === "::1" || address.replace("::ffff:", "").startsWith("127.");
}
