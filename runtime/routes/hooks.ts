import { Hono } from "hono";
import type { App } from "../app.ts";
import { jsonOf, readBytes } from "../body.ts";
import { newId } from "../id.ts";
import { receive, senderOf } from "../store/receive.ts";

const bytesMax = 1_000_000;

/** Where the outside posts what happens there (Standard Webhooks): a signature or a token is the proof, nobody signs in. */
export const hooks = new Hono<App>().post("/:name", async (c) => {
  const { workspace, now } = c.var;
  const body = await readBytes(c, bytesMax);
  const said = (name: string) => c.req.header(`webhook-${name}`) ?? "";
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const posted = {
    id: said("id") || newId(now),
    timestamp: said("timestamp"),
    signature: said("signature"),
    token,
    body,
  };
  const sender = await senderOf(workspace, c.req.param("name"), posted, now);
  const { operation, ...told } = await receive(
    workspace,
    sender,
    { id: posted.id, body, json: jsonOf(c, body.toString("utf8")) },
    now,
  );
  return c.json({ id: told.record, repeated: told.repeated }, 200, { "trellis-operation": operation });
});
