import { fault, problem, refuse } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { createKey, listKeys, revokeKey } from "../auth/keys.ts";
import { readObject } from "../body.ts";
import { onlyAdmins, readRoles } from "../people.ts";

/** Keys for programs: a secret that speaks for a user, with her roles or fewer. */
export const keys = new Hono<App>()

  .use(onlyAdmins("manage keys"))

  .get("/", async (c) => c.json({ items: await listKeys(c.var.workspace.pool, c.var.workspace.name, c.var.now) }))

  .post("/", async (c) => {
    const body = await readObject(c);
    const faults: ReturnType<typeof fault>[] = [];
    const name = typeof body.name === "string" && body.name.trim() !== "" ? body.name.trim().slice(0, 100) : undefined;
    if (name === undefined) faults.push(fault("setup.value", { wanted: "a text", path: "/name" }));
    const expires =
      body.expires_at === undefined || body.expires_at === null ? null : new Date(String(body.expires_at));
    if (expires && !(expires > c.var.now))
      faults.push(fault("setup.value", { wanted: "a moment to come", path: "/expires_at" }));
    const roles = readRoles(c.var.model, body.roles, faults);
    refuse(faults);
    const user = await existingUser(c.var.workspace, typeof body.user === "string" ? body.user : c.var.principal.id);
    const key = await createKey(
      c.var.workspace.pool,
      {
        workspace: c.var.workspace.name,
        user,
        name: name!,
        roles: roles ?? null,
        expiresAt: expires,
        by: c.var.principal.id,
      },
      c.var.now,
    );
    return c.json(key, 201);
  })

  .delete("/:id", async (c) => {
    const id = c.req.param("id");
    if (!/^[0-9a-f-]{36}$/.test(id)) throw problem("key.missing", {});
    await revokeKey(c.var.workspace.pool, c.var.workspace.name, id, c.var.now);
    return c.body(null, 204);
  });

async function existingUser({ pool, schema }: App["Variables"]["workspace"], id: string): Promise<string> {
  const { rows } = await pool.query(`select id from ${schema}."user" where id::text = $1 and deleted_at is null`, [id]);
  if (!rows[0]) throw problem("record.missing", { entity: "user", path: "/user" });
  return rows[0].id;
}
