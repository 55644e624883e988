import { problem } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { keepWanted, readWanted } from "../store/dashboard-mails.ts";
import { sceneOf } from "./records.ts";

/** Dashboards that go by mail: whether she who asks wants one. */
export const dashboards = new Hono<App>()

  .get("/:name/mail", async (c) => c.json(await readWanted(sceneOf(c), c.req.param("name"))))

  .put("/:name/mail", async (c) => {
    const { wanted } = await readObject(c);
    if (typeof wanted !== "boolean") throw problem("report.malformed", { wanted: "true or false", path: "/wanted" });
    return c.json(await keepWanted(sceneOf(c), c.req.param("name"), wanted));
  });
