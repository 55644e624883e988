import { Hono } from "hono";
import type { App } from "../app.ts";

/** Alive: the process answers. Ready: the database does, too. Neither tells anybody more. */
export const health = new Hono<App>()

  .get("/healthz", (c) => c.json({ status: "ok" }))

  .get("/readyz", async (c) => {
    const ready = await c.var.workspace.pool.query("select 1").then(
      () => true,
      () => false,
    );
    return ready ? c.json({ status: "ok" }) : c.json({ status: "database away" }, 503, { "retry-after": "1" });
  });
