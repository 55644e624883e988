import { Hono } from "hono";
import type { App } from "../app.ts";
import { listAllShares } from "../store/all-shares.ts";

/** What is shared one by one, of all records that one sees. */
export const shares = new Hono<App>().get("/", async (c) => {
  const { entity, with: grantee } = c.req.query();
  return c.json(await listAllShares(c.var, { entity, with: grantee }));
});
