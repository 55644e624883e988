import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { newId } from "../id.ts";
import { onlyAdmins } from "../people.ts";
import { listVersions, planChange, publishChange, undoChange } from "../store/changes.ts";
import { createChange, listChanges, readChange } from "../store/documents.ts";

/** Changes: drafts that are planned, published and undone together. */
export const changes = new Hono<App>()

  .use(onlyAdmins("publish changes"))

  .get("/", async (c) => c.json({ items: await listChanges(c.var.workspace.pool, c.var.workspace) }))

  .post("/", async (c) => {
    const { reason } = await readObject(c);
    const { workspace, principal, now } = c.var;
    const told = typeof reason === "string" ? reason.slice(0, 500) : "";
    const change = { id: newId(now), reason: told, author: principal.id, now };
    return c.json(await createChange(workspace.pool, workspace, change), 201);
  })

  .get("/versions", async (c) => c.json({ items: await listVersions(c.var.workspace.pool, c.var.workspace) }))

  .get("/:id", async (c) => c.json(await readChange(c.var.workspace.pool, c.var.workspace.schema, c.req.param("id"))))

  .post("/:id/plan", async (c) => c.json(await planChange(c.var.workspace, c.req.param("id"))))

  .post("/:id/publish", async (c) => {
    const { workspace, principal, now } = c.var;
    return c.json(await publishChange(workspace, c.req.param("id"), { author: principal.id, now }));
  })

  .post("/:id/undo", async (c) => {
    const { workspace, principal, now } = c.var;
    return c.json(await undoChange(workspace, c.req.param("id"), { author: principal.id, now }));
  });
