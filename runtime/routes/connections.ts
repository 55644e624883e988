import { fault, problem, refuse } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { newId } from "../id.ts";
import { onlyAdmins } from "../people.ts";
import { newSigningSecret } from "../signature.ts";
import {
  bind,
  changeSecret,
  documentNamed,
  findBinding,
  isGiven,
  listConnections,
  readBinds,
} from "../store/connections.ts";
import { dkimRecord, makeDkim } from "../store/dkim.ts";
import { domainOf } from "../store/sendings.ts";
import { proofOf } from "../carriers/http-call.ts";
import { fineIn, post } from "../carriers/post.ts";
import { SmtpLine, type Handed } from "../mail/smtp.ts";
import { wireAt } from "../mail/wire.ts";
import { listDeliveries, replayMany, replayOne, statuses, type Status } from "../store/deliveries.ts";
import { listReceived } from "../store/receive.ts";
import { isId } from "../store/records.ts";

type Kind = "connections" | "intakes";

/** How documents are tied to this installation: whose rights bound them, and their secrets. */
function bindings(kind: Kind): Hono<App> {
  const documentOf = (c: Context<App>): { readonly $anchor: string; readonly channel?: string } =>
    documentNamed(c.var.model, kind as "connections", c.req.param("name") ?? "");
  return new Hono<App>()

    .use(onlyAdmins("manage connections"))

    .put("/:name", async (c) => {
      const { workspace, principal, now } = c.var;
      const document = documentOf(c);
      const binds = await readBinds(workspace, document, await readObject(c));
      const { made, ...told } = await bind(workspace, document, binds, { by: principal.id, now });
      const { owner, active, stopped } = (await findBinding(workspace, document.$anchor, now))!;
      return c.json({ name: c.req.param("name"), owner, active, stopped, ...told }, made ? 201 : 200);
    })

    .post("/:name/secret", async (c) => {
      const { workspace, now } = c.var;
      const { $anchor, channel } = documentOf(c);
      if (isGiven(channel)) throw problem("connection.secret_given", {});
      return c.json({ secret: await changeSecret(workspace, $anchor, newSigningSecret(), now) });
    });
}

/** What is told to the outside: each delivery, sending it again, and a message to try out whether it arrives. */
export const connections = bindings("connections")
  .get("/", async (c) => c.json({ items: await listConnections(c.var.workspace, c.var.now) }))

  .get("/:name/deliveries", async (c) => {
    const { workspace, model } = c.var;
    const { $anchor } = documentNamed(model, "connections", c.req.param("name"));
    const { status, cursor } = c.req.query();
    const faults = [
      ...(status === undefined || statuses.includes(status as Status) ? [] : [wanted(statuses.join(", "), "/status")]),
      ...(cursor === undefined || isId(cursor) ? [] : [wanted("the id of a delivery", "/cursor")]),
    ];
    refuse(faults);
    return c.json(await listDeliveries(workspace, $anchor, { status: status as Status | undefined, before: cursor }));
  })

  .post("/:name/deliveries/:id/replay", async (c) => {
    const { workspace, model, now } = c.var;
    const { name, id } = c.req.param();
    await replayOne(workspace, documentNamed(model, "connections", name).$anchor, id, now);
    return c.body(null, 204);
  })

  .post("/:name/replay", async (c) => {
    const { workspace, model, now } = c.var;
    const { $anchor } = documentNamed(model, "connections", c.req.param("name"));
    const { status = "failed", since, ...rest } = await readObject(c);
    const from = new Date(typeof since === "string" ? since : since === undefined ? 0 : Number.NaN);
    refuse([
      ...Object.keys(rest).map((name) => wanted("status and since alone", `/${name}`)),
      ...(isEnded(status) ? [] : [wanted("failed, delivered or skipped", "/status")]),
      ...(Number.isNaN(from.getTime()) ? [wanted("a moment", "/since")] : []),
    ]);
    const ended = status as "failed" | "delivered" | "skipped";
    return c.json({ count: await replayMany(workspace, $anchor, { status: ended, since: from }, now) });
  })

  .get("/:name/dkim", async (c) => {
    const { $anchor } = senderNamed(c);
    return c.json({ record: (await dkimRecord(c.var.workspace, $anchor)) ?? null });
  })

  .post("/:name/dkim", async (c) => {
    const { workspace, now } = c.var;
    const { $anchor, from } = senderNamed(c);
    return c.json({ record: await makeDkim(workspace, $anchor, domainOf(from?.address ?? ""), now) }, 201);
  })

  .post("/:name/test", async (c) => {
    const { workspace, model, now, services } = c.var;
    const document = documentNamed(model, "connections", c.req.param("name"));
    const { url, channel } = document;
    const binding = await findBinding(workspace, document.$anchor, now);
    if (!binding) throw problem("connection.unbound", {});
    if (channel === "smtp") {
      const wire = await wireAt(workspace, document, { gate: services.mailGate, now });
      const line = "why" in wire ? wire : await SmtpLine.open(wire.way);
      if (line instanceof SmtpLine) line.quit();
      return c.json(line instanceof SmtpLine ? { delivered: true } : { delivered: false, error: whyNot(line) });
    }
    if (channel === "http") {
      const called = await services.gate(url, { method: "GET", headers: proofOf(document, binding), redirectsMax: 0 });
      if (!called.answered) return c.json({ delivered: false, error: called.why });
      return c.json({ delivered: fineIn(called) !== undefined, answer: called.status });
    }
    const body = JSON.stringify({ type: "connection.test", timestamp: now.toISOString(), data: {} });
    const posted = { url, secrets: binding.secrets, id: `msg_${newId(now)}`, body, now };
    const outcome = await post(services.gate, posted);
    if (!outcome.answered) return c.json({ delivered: false, error: outcome.why });
    return c.json({ delivered: fineIn(outcome) !== undefined, answer: outcome.status });
  });

/** What comes from the outside. */
export const intakes = bindings("intakes").get("/:name/received", async (c) => {
  const { $anchor } = documentNamed(c.var.model, "intakes", c.req.param("name"));
  return c.json({ items: await listReceived(c.var.workspace, $anchor) });
});

const whyNot = (it: Handed | { readonly why: string }) => ("why" in it ? it.why : "reply" in it ? it.reply : "closed");

/** A connection that mails leave by. */
function senderNamed(c: Context<App, any>) {
  const document = documentNamed(c.var.model, "connections", c.req.param("name") ?? "");
  if (document.channel !== "smtp") throw problem("connection.mailless", {});
  return document;
}

const wanted = (text: string, path: string) => fault("connection.value", { wanted: text, path });
const isEnded = (status: unknown) => statuses.includes(status as Status) && status !== "waiting";
