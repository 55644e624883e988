import { Hono } from "hono";
import type { App } from "../app.ts";
import { onlyAdmins } from "../people.ts";
import { shared } from "../shared.ts";
import { examine, factsOf, mend } from "../store/doctor.ts";

/** Both read all tables of a workspace. */
const [examined, mended] = [shared(examine), shared(mend)];

/** Whether what the engine keeps for itself is what it should be. */
export const doctor = new Hono<App>()

  .use(onlyAdmins("look after the workspace"))

  .get("/", async (c) => {
    const { workspace } = c.var;
    const { findings, rollups } = await examined(workspace, c.var.now);
    return c.json({ findings, rollups, facts: await factsOf(workspace) });
  })

  .post("/mend", async (c) => c.json(await mended(c.var.workspace, c.var.now)));
