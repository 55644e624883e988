import { Hono } from "hono";
import type { App } from "../app.ts";
import { notified } from "../store/left-runs.ts";

/** What the bell shows: the newest first, unread ones counted. */
export const notifications = new Hono<App>()

  .get("/", async (c) => {
    const { workspace, principal, now } = c.var;
    const { rows } = await workspace.pool.query(
      `select id, at, title, body, told, entity, record, read_at,
         (count(*) filter (where read_at is null) over ())::int as unread
       from ${workspace.schema}._notification n where for_user = $1 and ${notified(workspace.schema, "$2")} order by at desc, id desc limit 50`,
      [principal.id, now],
    );
    const items = rows as ({ unread: number } & Record<string, unknown>)[];
    return c.json({ items: items.map(({ unread: _, ...it }) => it), unread: items[0]?.unread ?? 0 });
  })

  .post("/read", async (c) => {
    const { workspace, principal, now } = c.var;
    await workspace.pool.query(
      `update ${workspace.schema}._notification n set read_at = $2
       where for_user = $1 and ${notified(workspace.schema, "$2")} and read_at is null`,
      [principal.id, now],
    );
    return c.body(null, 204);
  });
