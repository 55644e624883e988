import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { changeOwnSettings, readOwnSettings } from "../store/me.ts";

/** What everybody may say of herself: her language and her time zone. */
export const me = new Hono<App>().patch("/", async (c) => {
  const given = readOwnSettings(await readObject(c));
  const { workspace, principal, now } = c.var;
  const operation = await changeOwnSettings(workspace, principal, given, now);
  return c.json(given, 200, { "trellis-operation": operation });
});
