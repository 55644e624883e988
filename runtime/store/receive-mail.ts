import { checkExpression, holds, problem, recordScope, type Principal, type Values } from "engine";
import type { MailboxDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { classify, mayBeAnswered, type MailClass } from "../inbound/classify.ts";
import { textOfHtml } from "../inbound/clean-html.ts";
import { headerOf, partsOf, type MailPart } from "../inbound/parts.ts";
import { withoutQuotes } from "../inbound/quoted.ts";
import { mailBytesMax, readMail, type ReadMail } from "../inbound/read-mail.ts";
import { addressesIn } from "../inbound/report.ts";
import { resolveThread, type Thread } from "../inbound/thread.ts";
import { sendingOf, stoppedBy } from "../mail/verp.ts";
import type { Workspace } from "../workspace.ts";
import { answerAtOnce } from "./mail-answer.ts";
import { keepArrived } from "./mail-keep.ts";
import { knownOf } from "./mail-known.ts";
import { senderOf } from "./mail-people.ts";
import { receivedMail, stopPart } from "./mail-stop.ts";
import { noteReport } from "./mail-report.ts";
import { operate, type Scene } from "./operation.ts";
import { createRecords, isId } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { environmentOf } from "./rules.ts";
import { secretOf } from "./secret.ts";
import { sendWhereOffered } from "./mail-event.ts";
import { recordFacts } from "./facts.ts";

/** A raw mail as it came, and to whom its envelope says it goes. */
export interface RawMail {
  readonly raw: Uint8Array;
  readonly envelope?: readonly string[];
}

/** What became of a mail. */
export interface ReceivedMail {
  /** The mail as it is kept; null where it only came again. */
  readonly mail: string | null;
  readonly record: string | null;
  readonly class: string;
  /** The rule by which it joined its record; null where it made one, or belongs to none. */
  readonly rule: number | null;
  readonly possible: string | null;
  /** It came before: nothing has come of it now. */
  readonly repeated: boolean;
}

/** The mailbox of a name. Throws where there is none. */
export function mailboxNamed({ model }: Pick<Workspace, "model">, name: string): MailboxDocument {
  const mailbox = model.mailboxes.get(name);
  if (!mailbox) throw problem("mailbox.missing", { name: name.slice(0, 80).toWellFormed() });
  return mailbox;
}

/** A mail read once, before the transaction that keeps it. */
export interface ReadArrival {
  readonly parts: MailPart;
  readonly mail: ReadMail;
  readonly text: string;
  /** Without what it quotes. */
  readonly own: string;
  readonly raw: Uint8Array;
}

/** Reads a raw mail. Throws a problem where it is none, or larger than mails may be. */
export async function readArrival(raw: Uint8Array): Promise<ReadArrival> {
  if (raw.length > mailBytesMax) throw problem("mail.too_large", { bytesMax: mailBytesMax });
  const parts = partsOf(raw);
  if (parts.headers.size === 0 || !parts.headers.has("from")) throw problem("mail.unreadable", {});
  const mail = await readMail(raw).catch(() => {
    throw problem("mail.unreadable", {});
  });
  const text = mail.text.trim() === "" && mail.html !== "" ? await textOfHtml(mail.html) : mail.text.trim();
  return { parts, mail, text, own: withoutQuotes(text).text, raw };
}

/**
 * Takes a mail in, all in one transaction: it is kept as it came, once for the entity of its mailbox, joins the record to
 * which it belongs or makes one, is told as a fact, moves the record's workflow, and is answered where it may be. In the
 * name and by the rights of who works.
 */
export async function receiveMail(
  workspace: Workspace,
  principal: Principal,
  mailbox: MailboxDocument,
  given: RawMail,
  now: Date,
): Promise<ReceivedMail & { readonly operation: string }> {
  const arrival = await readArrival(given.raw);
  const secret = await secretOf(workspace.pool, "mail");
  const told = { kind: "mail", title: `Mail: ${arrival.mail.subject || arrival.mail.from.address}`.slice(0, 200), now };
  const { operation, result } = await operate(workspace, principal, told, async (tx, scene) => {
    const newest = scene.model.mailboxes.get(mailbox.$id) ?? mailbox;
    return takeIn(tx, scene, newest, { arrival, secret, envelope: given.envelope ?? [] });
  });
  return { ...result, operation };
}

interface Coming {
  readonly arrival: ReadArrival;
  readonly secret: Buffer;
  readonly envelope: readonly string[];
}

/** Finds the place of a mail in the transaction of its operation, and does all that follows from it at once. */
export async function takeIn(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  coming: Coming,
): Promise<ReceivedMail> {
  const { arrival, secret, envelope } = coming;
  const { schema } = scene.workspace;
  const entity = entityOf(scene, mailbox.entity);
  const { messageId } = arrival.mail;
  const taken = await tx.query(
    `insert into ${schema}._arrival (entity, message_id, mailbox, class, at) values ($1, $2, $3, '', $4)
     on conflict (entity, message_id) do nothing`,
    [entity.anchor, messageId, mailbox.$anchor, scene.now],
  );
  if (taken.rowCount !== 1) {
    const { rows } = await tx.query(
      `select mail, record, class, rule, possible from ${schema}._arrival where entity = $1 and message_id = $2`,
      [entity.anchor, messageId],
    );
    return { ...(rows[0] as Omit<ReceivedMail, "repeated">), repeated: true };
  }
  const sort = classify(arrival.parts, () => false);
  const own = sort.kind !== "report" && (await isOwn(tx, scene, messageId));
  const done = own ? nothing("own") : await settle(tx, scene, mailbox, { arrival, secret, envelope }, sort);
  const mail = await keepArrived(tx, scene, mailbox, arrival, done);
  await afterwards(tx, scene, mailbox, { coming, sort, done, mail });
  return {
    mail,
    record: done.record ?? null,
    class: done.class,
    rule: done.thread?.rule ?? null,
    possible: done.thread?.possible ?? null,
    repeated: false,
  };
}

/** Where a mail has found its place. */
export interface Settled {
  readonly class: string;
  readonly entity: string | undefined;
  readonly record: string | undefined;
  /** The record was made of it. */
  readonly made: boolean;
  readonly thread: Thread | undefined;
  /** Our own people have written it. */
  readonly staff: boolean;
  /** What the record is sent because of it. */
  readonly event: string | undefined;
}

const nothing = (kind: string): Settled => ({
  class: kind,
  ...{ entity: undefined, record: undefined, made: false, thread: undefined, staff: false, event: undefined },
});

/** The id is that of a mail which we have sent: a copy of our own has come back. */
async function isOwn(tx: Connection, { workspace }: Scene, messageId: string): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from ${workspace.schema}._mail where message_id = $1 and direction = 'out' limit 1`,
    [messageId],
  );
  return rows.length > 0;
}

async function settle(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { arrival, secret, envelope }: Coming,
  sort: MailClass,
): Promise<Settled> {
  // Before complaints: a mail that says "unsubscribe" may look like one.
  const bounce = sort.kind === "report" && sort.report.kind !== "complaint";
  if (!bounce && (await stops(tx, scene, secret, recipientsOf(arrival, envelope)))) return nothing("stop");
  if (sort.kind === "report") {
    const sending = recipientsOf(arrival, envelope).flatMap((it) => sendingOf(secret, it) ?? [])[0];
    const about = await noteReport(tx, scene, sort.report, { messageId: arrival.mail.messageId, mailbox, sending });
    return { ...nothing(sort.report.kind === "complaint" ? "complaint" : "bounce"), ...about };
  }
  const { mail } = arrival;
  const key = { secret, mailbox: mailbox.$anchor };
  const to = recipientsOf(arrival, envelope);
  const known = await knownOf(tx, scene, { mailbox, mail, to, key });
  const thread = resolveThread(known);
  const base = { ...nothing(sort.kind), thread, staff: known.isStaff, entity: mailbox.entity };
  const standing = thread.record === undefined ? undefined : await findStanding(tx, scene, mailbox, thread.record);
  if (standing && (sort.kind === "auto" || sort.kind === "own")) return { ...base, record: String(standing.id) };
  if (sort.kind === "auto") return { ...base, entity: undefined };
  if (!standing) return newRecord(tx, scene, mailbox, arrival, base);
  const over = await isOver(tx, scene, mailbox, standing);
  if (over === "past") return newRecord(tx, scene, mailbox, arrival, { ...base, follows: String(standing.id) });
  const event = over === "lately" ? mailbox.done?.event : mailbox.reply_event;
  return { ...base, record: String(standing.id), event: known.isStaff ? undefined : event };
}

/** Ends what a mail of ours was sent for where this one is written to the address that says so: as its link does. */
async function stops(tx: Connection, scene: Scene, secret: Buffer, to: readonly string[]): Promise<boolean> {
  const [sending] = to.flatMap((it) => stoppedBy(secret, it) ?? []);
  const { schema } = scene.workspace;
  const mail = sending === undefined ? undefined : await receivedMail({ pool: tx, schema }, sending);
  if (mail) await stopPart(tx, scene, mail, "mail");
  return sending !== undefined;
}

/** Whom a mail was sent to: by its envelope, by the servers on its way, by its own headers. */
function recipientsOf({ parts, mail }: ReadArrival, envelope: readonly string[]): readonly string[] {
  const said = ["delivered-to", "x-original-to", "envelope-to"].flatMap((name) => parts.headers.get(name) ?? []);
  return [...envelope, ...said.flatMap(addressesIn), ...[...mail.to, ...mail.cc].map(({ address }) => address)];
}

/** The record as it stands, where who works may read it and it lies not in the trash. */
async function findStanding(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  id: string,
): Promise<Values | undefined> {
  if (!isId(id)) return undefined;
  const entity = entityOf(scene, mailbox.entity);
  const seen = scene.access?.entity(entity.name)?.rule("read");
  const rows = await lockRecords(tx, scene, entity, { ids: [id], trash: "without", seen });
  return rows.get(id);
}

/** Whether a record is done: not, lately enough to be opened again, or too long ago. */
async function isOver(tx: Connection, scene: Scene, { done, entity: name }: MailboxDocument, record: Values) {
  if (!done) return "open";
  const entity = entityOf(scene, name);
  const { expression: checked } = checkExpression(done.when.cel, recordScope(scene.model, name), { kind: "boolean" });
  const environment = { ...(await environmentOf(tx, scene, entity, [record])), record };
  if (!checked || !holds(checked, environment)) return "open";
  const since = new Date(String((done.at === undefined ? undefined : record[done.at]) ?? record.updated_at));
  return since.getTime() + done.days * 86_400_000 >= scene.now.getTime() ? "lately" : "past";
}

async function newRecord(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { mail, own }: ReadArrival,
  { follows, ...base }: Settled & { readonly follows?: string },
): Promise<Settled> {
  const { fields, values, copied = {}, done } = mailbox;
  const { model } = scene;
  const entity = entityOf(scene, mailbox.entity);
  const sender = await senderOf(tx, scene, mailbox, mail.from);
  const most = (name: string) => Number(entity.fields.get(name)?.property.maxLength ?? 200);
  const fitting = (name: string, text: string) => [...text.trim()].slice(0, most(name)).join("");
  const subject =
    entity.fields.get(fields.subject)?.type.name === "text" ? mail.subject.replaceAll(/\s+/g, " ") : mail.subject;
  const taken = Object.entries(copied).flatMap(([name, from]) => {
    const value = sender?.values[from] ?? null;
    return value === null ? [] : [[name, value] as const];
  });
  const [record] = await createRecords(
    tx,
    scene,
    entity.name,
    [
      {
        ...values,
        ...Object.fromEntries(taken),
        [fields.subject]: fitting(fields.subject, subject) || mail.from.address || model.workspace.name,
        ...(fields.body !== undefined && own.trim() !== "" ? { [fields.body]: fitting(fields.body, own) } : {}),
        ...(fields.sender !== undefined && sender ? { [fields.sender]: sender.id } : {}),
        ...(follows !== undefined && done?.follows !== undefined ? { [done.follows]: follows } : {}),
      },
    ],
    false,
  );
  const thread = base.thread && { ...base.thread, rule: undefined, possible: base.thread.possible ?? follows };
  return { ...base, record, made: true, thread };
}

/** What follows from a mail that is kept: a fact, an event of the record's workflow, an answer at once. */
async function afterwards(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { coming, sort, done, mail }: { coming: Coming; sort: MailClass; done: Settled; mail: string },
): Promise<void> {
  const { arrival, secret } = coming;
  const { entity, record, made } = done;
  const person = !done.staff && (sort.kind === "genuine" || sort.kind === "list");
  if (entity !== undefined && record !== undefined && person && done.class !== "own") {
    const data = { mail, mailbox: mailbox.$id, subject: arrival.mail.subject, from: arrival.mail.from.address };
    const type = made ? "mail.received" : "mail.replied";
    const at = scene.now;
    await recordFacts(tx, scene, [
      {
        type,
        subject: { entity, record },
        at,
        source: `mailbox ${mailbox.$anchor}`,
        sourceId: arrival.mail.messageId,
        data,
      },
    ]);
  }
  if (entity !== undefined && record !== undefined && done.event !== undefined)
    await sendWhereOffered(tx, scene, { entity, record, type: done.event, data: { mail } });
  if (made && record !== undefined && mayBeAnswered(arrival.parts, sort) && !done.staff)
    await answerAtOnce(tx, scene, mailbox, { arrival, record, secret });
}

/** What the topmost server that took the mail says of its sender (RFC 8601); nothing where it says nothing. */
export function trustOf(parts: MailPart): Readonly<Record<string, string>> {
  const said = headerOf(parts, "authentication-results");
  const found = [...said.matchAll(/\b(dmarc|spf|dkim)=([a-z]+)/gi)];
  return Object.fromEntries(found.map(([, method = "", result = ""]) => [method.toLowerCase(), result.toLowerCase()]));
}
