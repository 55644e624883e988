import { addressFieldOf, problem, refuse, fault, senderEntityOf, type Entity, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import { fill } from "../inbound/fill.ts";
import { newId } from "../id.ts";
import { insertEvents } from "./chronicle.ts";
import { commit } from "./commit.ts";
import { mailboxOf, outgoing, snippetsOf, wordsOf } from "./mail-answer.ts";
import { sendWhereOffered } from "./mail-event.ts";
import { authorOf, operate, type Scene } from "./operation.ts";
import { getRecord, type ReadScene } from "./read.ts";
import { lockChanging, patchRecords, refusalsOf, rightsOf } from "./records.ts";
import { lockRecords } from "./rows.ts";
import { secretOf } from "./secret.ts";
import { seers } from "./seers.ts";
import { intendMail, isAddress } from "./sendings.ts";
import { calledBy, tellWatchers } from "./watchers.ts";

/** Whom an answer goes to, about what, and on which mail. */
export interface AnswerRules {
  /** Whether there is an address to answer. */
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly from: string | null;
}

interface Newest {
  readonly message_id: string | null;
  readonly refs: readonly string[];
  readonly from_address: string;
  readonly from_name: string | null;
  readonly headers: Readonly<Record<string, readonly string[] | string>>;
  readonly to_addresses: readonly string[];
  readonly cc_addresses: readonly string[];
  readonly subject: string;
  /** The anchor of the mailbox by which it came. */
  readonly mailbox: string | null;
}

/** The newest mail that somebody outside has written, and the id with which the conversation began. */
async function newestOf({ workspace }: Pick<ReadScene, "workspace">, record: string) {
  const { pool, schema } = workspace;
  const { rows } = await pool.query(
    `select m.message_id, m.refs, m.from_address, m.from_name, m.headers, m.to_addresses, m.cc_addresses, m.subject, a.mailbox
     from ${schema}._mail m left join ${schema}._arrival a on a.mail = m.id
     where m.record = $1 and m.direction = 'in' and not m.auto and m.from_address not in
       (select lower(u.email) from ${schema}."user" u where u.email is not null and u.active)
     order by m.at desc, m.id desc limit 1`,
    [record],
  );
  return rows[0] as Newest | undefined;
}

/** What an answer to a record would be, where nobody says otherwise. */
export async function rulesOfAnswers(scene: ReadScene, entity: string, record: string): Promise<AnswerRules> {
  const newest = await newestOf(scene, record);
  const mailbox = mailboxOf(scene, entity, newest?.mailbox);
  const own = (address: string) => mailbox !== undefined && isOwn(mailbox.address, address);
  const replyTo = [newest?.headers["reply-to"] ?? []]
    .flat()
    .flatMap((it) => it.split(/[\s<>,;"]+/).find((part) => /^[^@]+@[^@]+$/.test(part)) ?? []);
  const to = newest ? [replyTo[0] ?? newest.from_address] : await addressesOf(scene, entity, record);
  const copied = newest ? [...newest.to_addresses, ...newest.cc_addresses] : [];
  const cc = [...new Set(copied)].filter((it) => !own(it) && !to.includes(it)).slice(0, 20);
  return {
    to: to.map((it) => it.toLowerCase()),
    cc: newest?.cc_addresses.length ? cc.filter((it) => newest.cc_addresses.includes(it)) : [],
    subject: newest ? `Re: ${newest.subject.replace(/^\s*(?:re|aw|sv)\s*:\s*/i, "")}` : "",
    from: mailbox?.address ?? null,
  };
}

function isOwn(mailbox: string, address: string): boolean {
  const [name, domain] = mailbox.split("@");
  const [local = "", at] = address.split("@");
  return at === domain && local.split("+")[0] === name;
}

/** The address of whom a record is about: its sender's, or its own. */
async function addressesOf(scene: ReadScene, name: string, record: string): Promise<readonly string[]> {
  const { model } = scene;
  const entity = model.entities.get(name);
  const mailbox = mailboxOf(scene, name);
  const person = mailbox && senderEntityOf(model, mailbox);
  const own = entity && addressFieldOf(entity);
  const reference = own || !person ? undefined : mailbox.fields.sender;
  if (!entity || (!own && reference === undefined)) return [];
  const { text } = await getRecord(scene, name, record, reference === undefined ? {} : { expand: reference });
  const row = JSON.parse(text) as Readonly<Record<string, any>>;
  const value: unknown = own ? row[own.name] : row[reference!]?.[addressFieldOf(person!)!.name];
  return typeof value === "string" && isAddress(value) ? [value.toLowerCase()] : [];
}

/** What somebody sends: a text, and what else is done with the record. */
export interface Answer {
  readonly text: string;
  readonly to?: readonly string[] | undefined;
  readonly cc?: readonly string[] | undefined;
  readonly subject?: string | undefined;
  /** A macro, whose values and event go along. */
  readonly snippet?: string | undefined;
}

/** Reads what a request sends; tells all that is wrong with it. */
export function readAnswer(body: Readonly<Record<string, unknown>>): Answer {
  const { text, to, cc, subject, snippet, ...others } = body;
  const wanted = (name: string, what: string) => fault("conversation.value", { wanted: what, path: `/${name}` });
  const addresses = (it: unknown) =>
    it === undefined ||
    (Array.isArray(it) && it.length <= 50 && it.every((one) => typeof one === "string" && isAddress(one)));
  const short = (it: unknown) => it === undefined || (typeof it === "string" && it.length <= 500);
  refuse([
    ...Object.keys(others).map((name) => wanted(name.slice(0, 80), "text, to, cc, subject and snippet alone")),
    ...(typeof text === "string" && text.trim() !== "" && text.length <= 100_000 ? [] : [wanted("text", "a text")]),
    ...(addresses(to) ? [] : [wanted("to", "addresses, fifty at most")]),
    ...(addresses(cc) ? [] : [wanted("cc", "addresses, fifty at most")]),
    ...(short(subject) ? [] : [wanted("subject", "a text")]),
    ...(short(snippet) ? [] : [wanted("snippet", "the name of a snippet")]),
  ]);
  return body as unknown as Answer;
}

/**
 * Answers by mail from a record, for whoever may change it, as one operation: a new id, an answer to the newest mail of
 * whoever is outside, an address by which the next one finds back; and what the macro says of the record.
 */
export async function answerRecord(
  scene: ReadScene,
  at: { readonly entity: string; readonly id: string },
  answer: Answer,
): Promise<{ readonly operation: string; readonly sending: string }> {
  const { workspace, principal, now } = scene;
  // Who does not see the record learns nothing of whether anybody has written about it.
  await getRecord(scene, at.entity, at.id, { fields: "id" });
  const rules = await rulesOfAnswers(scene, at.entity, at.id);
  const newest = await newestOf(scene, at.id);
  const secret = await secretOf(workspace.pool, "mail");
  const to = answer.to ?? rules.to;
  if (to.length === 0) throw problem("conversation.nobody", { path: "/to" });
  const told = { kind: "answer", title: `Answer ${to[0]}`.slice(0, 200), now };
  const { operation, result } = await operate(workspace, principal, told, async (tx, scene) => {
    const { entity, record } = await changing(tx, scene, at);
    const mailbox = mailboxOf(scene, at.entity, newest?.mailbox);
    const subject =
      answer.subject ?? (rules.subject === "" ? String(record[entity.nameField?.name ?? "id"] ?? "") : rules.subject);
    const from = mailbox ? await outgoing(tx, scene, mailbox, { record: at.id, secret, subject }) : { subject };
    const refs = newest ? threadOf(newest) : [];
    const sent = await intendMail(tx, scene, {
      effectKey: `answer ${scene.operation}`,
      ...from,
      ...{ to, cc: answer.cc ?? [], text: answer.text, html: null, purpose: null, entity: at.entity, record: at.id },
      ...(newest?.message_id ? { inReplyTo: newest.message_id, refs } : {}),
    });
    await tell(tx, scene, at.entity, record);
    await actOn(tx, scene, at, answer.snippet);
    scene.written.rows += 1;
    return sent.id;
  });
  return { operation, sending: result };
}

/** References of an answer: the root, and the last few. */
function threadOf({ refs, message_id }: Newest): readonly string[] {
  const all = [...new Set([...refs, ...(message_id === null ? [] : [message_id])])];
  return all.length <= 10 ? all : [all[0]!, ...all.slice(-9)];
}

async function actOn(
  tx: Connection,
  scene: Scene,
  { entity, id }: { readonly entity: string; readonly id: string },
  name: string | undefined,
): Promise<void> {
  if (name === undefined) return;
  const snippet = snippetsOf(scene, entity).find(({ $id }) => $id === name);
  if (!snippet) throw problem("conversation.snippet", { path: "/snippet" });
  const { values = {}, event } = snippet;
  if (Object.keys(values).length > 0) await patchRecords(tx, scene, entity, [{ id, input: values, path: "" }]);
  if (event !== undefined) await sendWhereOffered(tx, scene, { entity, record: id, type: event });
}

/** The record, locked, where the caller may change it. */
async function changing(tx: Connection, scene: Scene, { entity: name, id }: { entity: string; id: string }) {
  const { entity } = rightsOf(scene, name);
  const found = await lockChanging(tx, scene, entity, { ids: [id], right: "update", trash: "without" });
  const record = found.get(id);
  if (!record) throw problem("record.missing", { entity: name });
  refuse(refusalsOf(entity, "update", record, [], ""));
  return { entity, record };
}

/** Open pages hear that the conversation has gone on. */
async function tell(tx: Connection, scene: Scene, entity: string, record: Values): Promise<void> {
  const event = {
    entity,
    record: String(record.id),
    type: "record.mailed",
    version: Number(record.version),
    data: null,
  };
  await commit(tx, insertEvents(scene, [event]), scene.model);
}

/** The text of a snippet for a record, filled in as its reader sees the record. */
export async function fillSnippet(scene: ReadScene, entity: string, record: string, name: string): Promise<string> {
  const snippet = snippetsOf(scene, entity).find(({ $id }) => $id === name);
  if (!snippet) throw problem("conversation.snippet", { path: "" });
  return filledFor(scene, entity, record, snippet.text);
}

/** A text that is no snippet yet, filled in the same way. */
export async function fillText(
  scene: ReadScene,
  entity: string,
  record: string,
  { text }: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (typeof text !== "string" || text.length > 20_000)
    throw problem("conversation.value", { wanted: "a text, twenty thousand letters at most", path: "/text" });
  return filledFor(scene, entity, record, text);
}

async function filledFor(scene: ReadScene, entity: string, record: string, given: string): Promise<string> {
  const { text } = await getRecord(scene, entity, record, {});
  const values = JSON.parse(text) as Values;
  const newest = await newestOf(scene, record);
  const sender = { name: newest?.from_name || newest?.from_address || "", address: newest?.from_address ?? "" };
  const described = scene.model.entities.get(entity) as Entity;
  return fill(given, { ...wordsOf(scene, described, values), sender, user: { name: scene.principal.name } });
}

/** A note as it was given. */
export interface GivenNote {
  readonly text: string;
  readonly mentions: readonly string[];
}

/** Reads a note; tells all that is wrong with it. */
export function readNote({ text, mentions = [], ...others }: Readonly<Record<string, unknown>>): GivenNote {
  const wanted = (name: string, what: string) => fault("conversation.value", { wanted: what, path: `/${name}` });
  const people = Array.isArray(mentions) && mentions.length <= 20 && mentions.every((it) => typeof it === "string");
  refuse([
    ...Object.keys(others).map((name) => wanted(name.slice(0, 80), "text and mentions alone")),
    ...(typeof text === "string" && text.trim() !== "" && text.length <= 20_000 ? [] : [wanted("text", "a text")]),
    ...(people ? [] : [wanted("mentions", "ids of users, twenty at most")]),
  ]);
  return { text: String(text), mentions: [...new Set(mentions as readonly string[])] };
}

/** Writes a note at a record that one sees. Those whom it mentions are told by the bell; they must see the record, too. */
export async function writeNote(
  scene: ReadScene,
  { entity: name, id }: { readonly entity: string; readonly id: string },
  { text, mentions }: GivenNote,
): Promise<{ readonly operation: string; readonly note: string }> {
  const { workspace, principal, now } = scene;
  const seeing = await seers(scene, name, id);
  const known = new Set(seeing.items.map(({ user }) => user.id));
  const blind = mentions.filter((it) => !known.has(it));
  refuse(blind.map((it) => fault("conversation.mention", { path: `/mentions/${mentions.indexOf(it)}` })));
  const told = { kind: "aside", title: "Write a note", now };
  const { operation, result } = await operate(workspace, principal, told, async (tx, scene) => {
    const { entity, access } = rightsOf(scene, name);
    const rows = await lockRecords(tx, scene, entity, { ids: [id], trash: "without", seen: access?.rule("read") });
    const record = rows.get(id);
    if (!record) throw problem("record.missing", { entity: name });
    const note = newId(now);
    await tx.query(
      `insert into ${workspace.schema}._note (id, entity, record, text, by, acting, at, mentions) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [note, entity.anchor, id, text, authorOf(scene), principal.actor?.id ?? null, now, mentions],
    );
    const others = mentions.filter((it) => it !== authorOf(scene));
    await tx.query(
      `insert into ${workspace.schema}._notification (id, for_user, at, title, body, entity, record, operation, told)
       select n.id, n.for_user, $3::timestamptz, $4::text, $5::text, $6::text, $7::uuid, $8::uuid, $9::jsonb
       from unnest($1::uuid[], $2::uuid[]) as n (id, for_user)`,
      [
        others.map(() => newId(now)),
        others,
        now,
        `${principal.name} mentions you`,
        text.slice(0, 300),
        name,
        id,
        scene.operation,
        JSON.stringify({ code: "mention", by: principal.name }),
      ],
    );
    const news = { entity: name, record: id, title: calledBy(scene, name, record), body: text };
    await tellWatchers(tx, scene, { ...news, except: [authorOf(scene), record.owner, ...mentions] });
    await tell(tx, scene, name, record);
    scene.written.rows += 1;
    return note;
  });
  return { operation, note: result };
}
