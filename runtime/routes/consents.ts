import { addressOf, consentChannels, problem, type ConsentChannel } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readJson } from "../body.ts";
import { consentsOfPeople, consentsOfRecord, shownOf, speakConsents } from "../store/record-consents.ts";
import { sceneOf } from "./records.ts";

/** What people agreed to be written to for: of a record to those who see it, of an address to admins. */
export const consents = new Hono<App>()

  .get("/", async (c) => {
    const { entity, record = "", list, address, channel = "email" } = c.req.query();
    if (entity !== undefined && list !== undefined)
      return c.json({ items: await consentsOfPeople(sceneOf(c), entity, record, list) });
    if (entity !== undefined) return c.json({ items: await consentsOfRecord(sceneOf(c), entity, record) });
    if (address === undefined || !consentChannels.includes(channel as ConsentChannel))
      throw problem("consent.value", { wanted: "`entity` and `record`, or an `address` and its `channel`" });
    if (!c.var.access.admin) throw problem("right.missing", { right: "look at the consent of an address" });
    const of = { channel: channel as ConsentChannel, address: addressOf(channel as ConsentChannel, address) };
    return c.json({ items: await shownOf(sceneOf(c), [of]) });
  })

  .post("/", async (c) => {
    const { operation, result } = await speakConsents(sceneOf(c), await readJson(c));
    return c.json({ items: result }, 201, { "trellis-operation": operation });
  });
