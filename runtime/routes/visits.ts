import { createHash } from "node:crypto";
import { problem } from "engine";
import { Hono } from "hono";
import { answerPublic } from "../answers.ts";
import type { App } from "../app.ts";
import { inspect, readBytes } from "../body.ts";
import { clientAddress, networkOf } from "../client-address.ts";
import { trackScript } from "../forms/track.ts";
import { withinRate } from "../store/rate.ts";
import { fromOwnSite, keepVisits, readVisits } from "../store/visits.ts";

const bytesMax = 64_000;
const rate = { most: 1200, withinMs: 10 * 60_000 } as const;

/** The script of another site hears that it was heard, and forgets what it has told. */
const heard = { "cross-origin-resource-policy": "cross-origin" } as const;

/** What visitors of the workspace's own web sites see, told by a script there once they have agreed. */
export const visits = new Hono<App>()

  .get("/t.js", (c) =>
    answerPublic(
      c,
      trackScript,
      200,
      { "content-type": "text/javascript; charset=utf-8", "cache-control": "public, max-age=3600" },
      { everywhere: true },
    ),
  )

  .post("/t", async (c) => {
    const { services, now } = c.var;
    const workspace = services.workspaces.get(c.req.query("w") ?? "main");
    if (!workspace) throw problem("workspace.unknown", { name: (c.req.query("w") ?? "").slice(0, 80) });
    fromOwnSite(workspace, c.req.header("origin"), services.origin ?? new URL(c.req.url).origin);
    const told = readVisits(jsonIn((await readBytes(c, bytesMax)).toString("utf8")), now);
    const network = networkOf(clientAddress(c, services.proxies) ?? "");
    const key = createHash("sha256").update(`visits ${network}`).digest("base64url");
    const { isbot } = await import("isbot");
    // Robots are let go on, and what they see is nobody's visit.
    if (isbot(c.req.header("user-agent") ?? "")) return c.body(null, 204, heard);
    if (!(await withinRate(workspace, key, rate, now, told.visits.length))) throw problem("form.too_often", {});
    await keepVisits(workspace, told, now);
    services.live.of(workspace).nudge();
    return c.body(null, 204, heard);
  });

function jsonIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const faults: Parameters<typeof inspect>[2] = [];
    inspect(value, [], faults);
    return faults.length > 0 ? undefined : value;
  } catch {
    return undefined;
  }
}
