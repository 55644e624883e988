import { problem } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";

/** Sets the clock of an installation that was started with a test clock; what waits for the moment begins at once. */
export const clock = new Hono<App>()

  .use(onlyAdmins("set the clock"))

  .post("/clock", async (c) => {
    const { testClock } = c.var.services;
    if (!testClock) throw problem("route.unknown", { path: c.req.path });
    const { now } = await readObject(c);
    const moment = new Date(typeof now === "string" ? now : Number.NaN);
    if (Number.isNaN(moment.getTime())) throw problem("setup.value", { wanted: "a moment in ISO 8601", path: "/now" });
    testClock.set(moment);
    c.var.services.nudge();
    return c.json({ now: moment.toISOString() });
  });
