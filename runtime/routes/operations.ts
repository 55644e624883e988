import { Hono } from "hono";
import type { App } from "../app.ts";
import { cancelOperation, findOperation, listOperations } from "../store/operations.ts";
import { previewUndo, undo } from "../store/undo.ts";

/** What was done to records, by whom; and undoing it. */
export const operations = new Hono<App>()

  .get("/", async (c) => {
    const { workspace, principal } = c.var;
    return c.json(await listOperations(workspace.pool, workspace, principal, c.req.query("cursor")));
  })

  .get("/:id", async (c) => {
    const { workspace, principal } = c.var;
    return c.json(await findOperation(workspace.pool, workspace, principal, c.req.param("id")));
  })

  .post("/:id/cancel", async (c) => {
    const { workspace, principal } = c.var;
    return c.json(await cancelOperation(workspace, principal, c.req.param("id")));
  })

  .post("/:id/undo", async (c) => {
    const { workspace, principal, now } = c.var;
    const how = { force: c.req.query("force") === "true", now };
    if (c.req.query("preview") === "true")
      return c.json(await previewUndo(workspace, principal, c.req.param("id"), how));
    const undone = await undo(workspace, principal, c.req.param("id"), how);
    return c.json(undone, 200, { "trellis-operation": undone.operation });
  });
