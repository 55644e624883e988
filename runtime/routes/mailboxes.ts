import { problem } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readBytes, readObject } from "../body.ts";
import { mailBytesMax } from "../inbound/read-mail.ts";
import { onlyAdmins } from "../people.ts";
import { bind, findBinding, readBinds } from "../store/connections.ts";
import { listAside, listMailboxes } from "../store/mail-reading.ts";
import { tryMail } from "../store/mailbox-trial.ts";
import { mailboxNamed, receiveMail } from "../store/receive-mail.ts";
import { sceneOf } from "./records.ts";

/** What its server was given: a password or a token that people set. */
const channel = "imap";

/** In whose name a mailbox takes mails that servers bring; and mails that another system hands in as they came. */
export const mailboxes = new Hono<App>()

  .get("/", onlyAdmins("manage connections"), async (c) => c.json({ items: await listMailboxes(c.var.workspace) }))

  .get("/:name/aside", onlyAdmins("manage connections"), async (c) => {
    const { workspace } = c.var;
    return c.json({ items: await listAside(workspace, mailboxNamed(workspace, c.req.param("name"))) });
  })

  .put("/:name", onlyAdmins("manage connections"), async (c) => {
    const { workspace, principal, now } = c.var;
    const { $anchor } = mailboxNamed(workspace, c.req.param("name"));
    const binds = await readBinds(workspace, { channel }, await readObject(c));
    const { made } = await bind(workspace, { $anchor, channel }, binds, { by: principal.id, now });
    const { owner, active } = (await findBinding(workspace, $anchor, now))!;
    return c.json({ name: c.req.param("name"), owner, active }, made ? 201 : 200);
  })

  .post("/preview", onlyAdmins("try mailboxes out"), async (c) =>
    c.json(await tryMail(sceneOf(c), await readObject(c))),
  )

  .post("/:name/messages", async (c) => {
    const { workspace, principal, now, services } = c.var;
    const mailbox = mailboxNamed(workspace, c.req.param("name"));
    const type = c.req.header("content-type") ?? "";
    if (!/^message\/rfc822\b/i.test(type)) throw problem("mail.type", { type });
    if (Number(c.req.header("content-length") ?? 0) > mailBytesMax)
      throw problem("mail.too_large", { bytesMax: mailBytesMax });
    const raw = await readBytes(c, mailBytesMax);
    const { operation, ...told } = await receiveMail(workspace, principal, mailbox, { raw }, now);
    services.nudge();
    return c.json(told, told.repeated ? 200 : 201, { "trellis-operation": operation });
  });
