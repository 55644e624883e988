import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { changeUser, createUser, listUsers, readUser, takeSecondFactor } from "../store/users.ts";

/** The people of a workspace and their accounts. */
export const users = new Hono<App>()

  .use(onlyAdmins("manage users"))

  .get("/", async (c) => c.json({ items: await listUsers(c.var.workspace) }))

  .post("/", async (c) => {
    const given = readUser(c.var.model, await readObject(c), "new");
    const { operation, ...made } = await createUser(c.var.workspace, c.var.principal, given, c.var.now);
    return c.json(made, 201, { "trellis-operation": operation });
  })

  .patch("/:id", async (c) => {
    const given = readUser(c.var.model, await readObject(c), "change");
    const { operation, ...changed } = await changeUser(
      c.var.workspace,
      c.var.principal,
      c.req.param("id"),
      given,
      c.var.now,
    );
    return c.json(changed, 200, { "trellis-operation": operation });
  })

  /** For somebody who has lost hers. */
  .delete("/:id/second-factor", async (c) => {
    const { workspace, principal, now } = c.var;
    const operation = await takeSecondFactor(workspace, principal, c.req.param("id"), now);
    return c.body(null, 204, { "trellis-operation": operation });
  });
