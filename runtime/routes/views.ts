import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { changeView, forgetView, listViews, saveView } from "../store/saved-views.ts";
import { wantedVersion } from "../wanted-version.ts";

/** Saved views: everybody's own, and those that people share. */
export const views = new Hono<App>()

  .get("/", async (c) => c.json({ items: await listViews(c.var, c.req.query("entity")) }))

  .post("/", async (c) => {
    const view = await saveView(c.var, await readObject(c));
    return c.json(view, 201, { location: `/api/views/${view.id}`, etag: `"${view.version}"` });
  })

  .patch("/:id", async (c) => {
    const version = wantedVersion(c);
    const view = await changeView(c.var, c.req.param("id"), version, await readObject(c));
    return c.json(view, 200, { etag: `"${view.version}"` });
  })

  .delete("/:id", async (c) => {
    await forgetView(c.var, c.req.param("id"));
    return c.body(null, 204);
  });
