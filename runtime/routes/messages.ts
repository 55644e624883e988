import { checkMessage, fault, isLanguage, problem, refuse, shapeFaults, type Fault } from "engine";
import { Hono, type Context } from "hono";
import type { MessageDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { linksOf } from "../mail/links.ts";
import { putIn } from "../mail/put-in.ts";
import { onlyAdmins } from "../people.ts";
import { broadcast, cancelBroadcast, listBroadcasts, messageNamed } from "../store/broadcasts.ts";
import { hitsOf } from "../store/mail-hits.ts";
import { lookAtMessage } from "../store/message-check.ts";
import { readyLetters } from "../store/message-letters.ts";
import { operate } from "../store/operation.ts";
import { list } from "../store/read.ts";
import { isId } from "../store/records.ts";
import { intendMail } from "../store/sendings.ts";
import { emailOf } from "../store/users.ts";
import { newId } from "../id.ts";

const wanted = (text: string, path: string) => fault("message.value", { wanted: text, path });

/** Messages as they are written, tried out, and sent to many. */
export const messages = new Hono<App>()
  .use(onlyAdmins("send messages"))

  .post("/preview", async (c) => {
    const { document, ...as } = await given(c);
    return c.json(await shown(c, document, as));
  })

  .post("/look", async (c) => {
    const { document, filter, segment } = await given(c);
    return c.json(await lookAtMessage(c.var, document, { filter, segment }));
  })

  .post("/test", async (c) => {
    const { document, ...as } = await given(c);
    const { workspace, principal, now, services } = c.var;
    const to = await emailOf(workspace, principal.id);
    if (to === null) throw problem("mail.address", {});
    const { subject, html, text } = await shown(c, document, as);
    const told = { kind: "mail", title: `Try out ${document.title}`, now };
    const { result } = await operate(workspace, principal, told, (tx, scene) =>
      intendMail(tx, scene, {
        effectKey: `test:${newId(now)}`,
        to,
        subject,
        html,
        text,
        purpose: null,
        from: document.from,
        replyTo: document.reply_to ?? null,
        auto: true,
      }),
    );
    services.nudge();
    return c.json({ id: result.id, to }, 201);
  })

  .get("/:name/broadcasts", async (c) => {
    const { workspace, model } = c.var;
    const document = messageNamed(model, c.req.param("name"));
    return c.json({
      items: await listBroadcasts(workspace, document),
      hits: await hitsOf(workspace, document.$anchor),
    });
  })

  .post("/:name/broadcasts", async (c) => {
    const { id, filter, segment, at, ...rest } = await readObject(c);
    const moment = at === undefined ? undefined : new Date(typeof at === "string" ? at : Number.NaN);
    refuse([
      ...Object.keys(rest).map((name) => wanted("id, filter, segment and at alone", `/${name}`)),
      ...(id === undefined || isId(id as string) ? [] : [wanted("a UUID", "/id")]),
      ...(filter === undefined || typeof filter === "string" ? [] : [wanted("a condition", "/filter")]),
      ...(segment === undefined || typeof segment === "string" ? [] : [wanted("a segment", "/segment")]),
      ...(moment && Number.isNaN(moment.getTime()) ? [wanted("a moment", "/at")] : []),
    ]);
    const document = messageNamed(c.var.model, c.req.param("name"));
    const meant = { filter: filter as string | undefined, segment: segment as string | undefined };
    const asked = { id: id as string | undefined, ...meant, at: moment };
    const begun = await broadcast(c.var, document, asked);
    c.var.services.nudge();
    return c.json({ id: begun.id, total: begun.total }, 201, { "trellis-operation": begun.operation });
  })

  .post("/broadcasts/:id/cancel", async (c) => {
    const { workspace, principal, now } = c.var;
    return c.json({ count: await cancelBroadcast(workspace, principal, c.req.param("id"), now) });
  });

/** A message as a request brings it: one that is not published yet, held against what is. */
async function given(c: Context<App, any>) {
  const { document, record, language, filter, segment, ...rest } = await readObject(c);
  const { model } = c.var;
  const faults: Fault[] = Object.keys(rest).map((name) =>
    wanted("document, record, language, filter and segment alone", `/${name}`),
  );
  if (record !== undefined && !isId(record as string)) faults.push(wanted("the id of a record", "/record"));
  if (language !== undefined && (typeof language !== "string" || !isLanguage(language)))
    faults.push(wanted("a language by BCP 47", "/language"));
  if (filter !== undefined && typeof filter !== "string") faults.push(wanted("a condition", "/filter"));
  if (segment !== undefined && typeof segment !== "string") faults.push(wanted("a segment", "/segment"));
  const message = (typeof document === "object" && document !== null ? document : {}) as MessageDocument;
  if (message.$schema !== "urn:trellis:message:1") faults.push(wanted("a message", "/document"));
  refuse(faults);
  refuse(shapeFaults(message));
  refuse(checkMessage(model, message, () => false).map((it) => ({ ...it, status: 422 })));
  const texts = { record, language, filter, segment } as Readonly<
    Record<"record" | "language" | "filter" | "segment", string | undefined>
  >;
  return { document: message, ...texts };
}

/** A message as a record would get it, or in a language of one's choice; without a record, as the first that the reader sees. */
async function shown(
  c: Context<App, any>,
  document: MessageDocument,
  { record, language }: { readonly record: string | undefined; readonly language: string | undefined },
) {
  const { workspace, model, access, principal, now } = c.var;
  const id = record ?? (await firstOf(c, document));
  const readying = { workspace, model, now, access, principal, language };
  const readied = id === undefined ? undefined : (await readyLetters(workspace.pool, readying, document, [id])).get(id);
  if (!readied) throw problem("record.missing", { entity: document.entity });
  const { form, values, missing, address, language: spoken } = readied;
  const nothing = "00000000-0000-7000-8000-000000000000";
  const links = linksOf({
    key: Buffer.alloc(32),
    origin: "https://example.com",
    sending: nothing,
    form,
  });
  const put = await putIn(form, { ...values, ...links });
  return { ...put, record: id, address, language: spoken, missing, bytes: Buffer.byteLength(put.html) };
}

async function firstOf(c: Context<App, any>, document: MessageDocument): Promise<string | undefined> {
  const { items } = JSON.parse(await list(c.var, document.entity, { limit: "1", fields: "id" })) as {
    items: readonly { readonly id: string }[];
  };
  return items[0]?.id;
}
