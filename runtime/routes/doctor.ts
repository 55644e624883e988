import { Hono } from "hono";
import type { App } from "../app.ts";
import { onlyAdmins } from "../people.ts";
import { mendRollups } from "../store/rollup-check.ts";
import { rollupDrift } from "../store/rollups.ts";

/** Whether what the engine keeps for itself is what it should be. */
export const doctor = new Hono<App>()

  .use(onlyAdmins("look after the workspace"))

  .get("/", async (c) => c.json({ rollups: await rollupDrift(c.var.workspace.pool, c.var.workspace) }))

  .post("/mend", async (c) => c.json({ mended: await mendRollups(c.var.workspace) }));
