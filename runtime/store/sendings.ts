import { createHash } from "node:crypto";
import { problem, type Model } from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { keepMails, small, storable, type Address } from "./mails.ts";
import type { Scene } from "./operation.ts";

/**
 * How far a sending has come. `held` waits for a person because something is missing in it, `unknown` because nobody
 * knows whether the other side has it.
 */
export type SendingStatus =
  "queued" | "sending" | "accepted" | "rejected" | "suppressed" | "held" | "unknown" | "cancelled";

/** A mail that shall go. */
export interface IntendedMail {
  /** What it is an effect of: a second intent of the same key is none. At most 200 signs. */
  readonly effectKey: string;
  readonly to: string | readonly string[];
  readonly cc?: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** A piece of both that is for its receiver alone, a link that speaks for her: what is kept to be read shows dots. */
  readonly hides?: string;
  /** Headers of its own, beside those that every mail has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The record that it is about, and the name of its entity. */
  readonly entity?: string | null;
  readonly record?: string | null;
  /** The purpose that its receiver must have agreed to; null for what belongs to a service and needs no consent. */
  readonly purpose: string | null;
  /** Not before; without it at once. */
  readonly at?: Date | undefined;
  /** From whom; without it from the sender of the connection. */
  readonly from?: Address | undefined;
  readonly replyTo?: string | null;
  readonly inReplyTo?: string | null;
  readonly refs?: readonly string[];
  /** No person has written it: it says so by `Auto-Submitted`. */
  readonly auto?: boolean;
}

/** What stands in the ledger for an effect. */
export interface Intended {
  readonly id: string;
  /** With its angle brackets; the same for one effect, however often it is meant. */
  readonly messageId: string;
  /** It was not there before. */
  readonly made: boolean;
}

/** The house's own mailbox needs no domain of anybody's. */
const ownDomain = "trellis.localhost";

/** From whom mails come where they do not say so themselves. */
export function senderOf(model: Model): Address {
  const named = [...model.connections.values()].find(({ channel, from }) => channel === "smtp" && from !== undefined);
  return named?.from ?? { address: `hello@${ownDomain}`, name: model.workspace.name };
}

/** The id of the message of an effect: whoever has it twice has the same mail twice. */
export function messageIdOf(workspace: string, effectKey: string, from: string): string {
  const digest = createHash("sha256").update(`${workspace} ${effectKey}`).digest("hex").slice(0, 40);
  return `<${digest}@${domainOf(from) || ownDomain}>`;
}

/** The domain of an address, in small letters. */
export const domainOf = (address: string): string => small(address).split("@").at(-1) ?? "";

/** Means a mail to go, as part of an operation; it is carried after the commit. */
export async function intendMail(tx: Queryable, scene: Scene, mail: IntendedMail): Promise<Intended> {
  const [intended] = await intendMails(tx, scene, [mail]);
  return intended!;
}

const columns = `id uuid, effect_key text, message_id text, status text, purpose text, entity text, record uuid, address text,
  domain text, to_addresses text[], cc_addresses text[], from_address text, from_name text, reply_to text, subject text,
  text text, html text, headers jsonb, in_reply_to text, refs text[], at timestamptz, due_at timestamptz, operation uuid`;
const names = columns.replaceAll(/\s+/g, " ").replaceAll(/ (?:uuid|text|text\[\]|jsonb|timestamptz)(?=,|$)/g, "");

/**
 * Means mails to go, all in one statement; answers what stands for each, in the same order. What is meant for the first
 * time is kept among the mails at once.
 */
export async function intendMails(
  tx: Queryable,
  scene: Scene,
  mails: readonly IntendedMail[],
): Promise<readonly Intended[]> {
  if (mails.length === 0) return [];
  const { workspace, now } = scene;
  const rows = mails.map((mail) => rowOf(scene, mail));
  const { rows: found } = await tx.query(
    `with made as (
       insert into ${workspace.schema}._sending (${names}) select ${names} from jsonb_to_recordset($1::jsonb) as s(${columns})
       on conflict (effect_key) do nothing returning id, effect_key, message_id)
     select id, effect_key, message_id, true as made from made
     union all
     select s.id, s.effect_key, s.message_id, false from ${workspace.schema}._sending s where s.effect_key = any($2::text[])`,
    [storable(rows), rows.map((it) => it.effect_key)],
  );
  const standing = new Map(found.toReversed().map((it) => [it.effect_key as string, it]));
  const fresh = mails.flatMap((mail, at) => {
    const row = rows[at]!;
    if (standing.get(row.effect_key)?.id !== row.id) return [];
    const { subject, hides, headers = {}, entity, record, purpose, inReplyTo, refs, auto } = mail;
    const shown = (it: string) => (hides === undefined ? it : it.replaceAll(hides, "…"));
    const [text, html] = [shown(mail.text), mail.html === null ? null : shown(mail.html)];
    const from = { address: row.from_address, name: row.from_name };
    const to = { to: row.to_addresses, cc: row.cc_addresses };
    const about = { entity: entity ?? null, record: record ?? null, purpose, auto: auto ?? false, sending: row.id };
    const thread = { messageId: row.message_id, inReplyTo: inReplyTo ?? null, refs: refs ?? [] };
    return [{ direction: "out" as const, from, ...to, subject, text, html, headers, ...about, ...thread, at: now }];
  });
  await keepMails(tx, scene, fresh);
  return rows.map(({ effect_key }) => {
    const it = standing.get(effect_key)!;
    return { id: it.id, messageId: it.message_id, made: it.made };
  });
}

function rowOf(scene: Scene, mail: IntendedMail) {
  const { workspace, model, now, operation } = scene;
  const purpose = model.purposes.get(mail.purpose ?? "")?.$anchor ?? mail.purpose;
  const { effectKey, cc = [], subject, text, html, headers = {}, at = now, auto = false } = mail;
  const to = [mail.to].flat().map(small);
  const [address = ""] = to;
  if (![...to, ...cc].every(isAddress)) throw problem("mail.address", { path: "/to" });
  const from = mail.from ?? senderOf(model);
  return {
    id: newId(now),
    effect_key: effectKey.slice(0, 200),
    message_id: messageIdOf(workspace.schemaName, effectKey, from.address),
    status: "queued" satisfies SendingStatus,
    purpose,
    entity: mail.entity ?? null,
    record: mail.record ?? null,
    address,
    domain: domainOf(address),
    to_addresses: to,
    cc_addresses: cc.map(small),
    from_address: small(from.address),
    from_name: from.name ?? null,
    reply_to: mail.replyTo ?? null,
    subject,
    text,
    html,
    headers: auto ? { "auto-submitted": "auto-generated", ...headers } : headers,
    in_reply_to: mail.inReplyTo ?? null,
    refs: mail.refs ?? [],
    at: now,
    due_at: at,
    operation,
  };
}

/** Whether a mail can go to an address: one at sign, a domain behind it, nothing that ends a header or an envelope. */
export const isAddress = (address: string): boolean =>
  address.length <= 254 &&
  /^[^\s\p{Cc}@<>(),;:"\\[\]]{1,64}@[^\s\p{Cc}@<>(),;:"\\[\]]+\.?[^\s\p{Cc}@<>(),;:"\\[\].]$/u.test(address.trim());
