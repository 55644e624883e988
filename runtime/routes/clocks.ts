import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { explainClocks, listClocks } from "../store/read-clocks.ts";
import { recountClocks } from "../store/recount-clocks.ts";

/** What is promised about a record, and how its clocks have come to where they stand. */
export const recordClocks = new Hono<App>().get("/:entity/:id/clocks", async (c) => {
  const { entity, id } = c.req.param();
  return c.json({ items: await explainClocks(c.var, entity, id) });
});

/** What is promised about many records: how the clocks stand, and counting them by promises that have changed. */
export const clocks = new Hono<App>()

  .get("/:entity", async (c) => {
    const ids = (c.req.query("ids") ?? "").split(",").filter((it) => it !== "");
    return c.json({ items: await listClocks(c.var, c.req.param("entity"), ids) });
  })

  .post("/:entity/recount", onlyAdmins("count clocks anew"), async (c) => {
    const { dry } = await readObject(c);
    return c.json(await recountClocks(c.var, c.req.param("entity"), dry === true));
  });
