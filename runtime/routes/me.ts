import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { delegate, endDelegation, listDelegations, readDelegation } from "../store/delegations.ts";
import { changeOwnSettings, readOwnSettings } from "../store/me.ts";

/** What everybody may say of herself: her language and her time zone, and who acts for her while she is away. */
export const me = new Hono<App>()

  .patch("/", async (c) => {
    const given = readOwnSettings(await readObject(c));
    const { workspace, principal, now } = c.var;
    const operation = await changeOwnSettings(workspace, principal, given, now);
    return c.json(given, 200, { "trellis-operation": operation });
  })

  .get("/delegations", async (c) => {
    const { workspace, principal, now } = c.var;
    return c.json(await listDelegations(workspace, principal.id, now));
  })

  .post("/delegations", async (c) => {
    const { workspace, principal, now } = c.var;
    const given = readDelegation(await readObject(c), now);
    const { id, operation } = await delegate(workspace, principal, given, now);
    return c.json({ id, ...given }, 201, { "trellis-operation": operation });
  })

  .delete("/delegations/:id", async (c) => {
    const { workspace, principal, now } = c.var;
    const operation = await endDelegation(workspace, principal, c.req.param("id"), now);
    return c.body(null, 204, { "trellis-operation": operation });
  });
