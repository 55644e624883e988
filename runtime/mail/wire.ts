import type { Model } from "engine";
import type { ConnectionDocument } from "schemas";
import type { MailGate } from "../outbound.ts";
import { findBinding } from "../store/connections.ts";
import { signingOf } from "../store/dkim.ts";
import { domainOf, senderOf } from "../store/sendings.ts";
import type { Workspace } from "../workspace.ts";
import type { Signing } from "./letter.ts";
import type { Mailbox } from "./mailbox.ts";
import type { SmtpWay } from "./smtp.ts";

/** By which mails go now: a server outside, or the mailbox of the house. */
export interface Wire {
  /** The anchor of its connection. */
  readonly name: string;
  readonly way: SmtpWay;
  /** So many connections at once, and so many mails at once to one domain. */
  readonly lines: number;
  readonly domainLines: number;
  /** So many mails to one domain in a minute; without it as many as it takes. */
  readonly perMinute?: number | undefined;
  /** A new sending domain: mails of its first day, and by how many percent the limit of a day grows. */
  readonly warmUp?: { readonly first: number; readonly growth: number } | undefined;
  /** Where bounces come back to. */
  readonly bounces: string;
  readonly signing?: Signing | undefined;
}

/** The wire of the mailbox. */
export const mailboxWire = "mailbox";
const linesUsual = 5;

/** The connection that mails leave by; where one is captured, or there is none, no mail leaves. */
export function mailConnection(model: Model): ConnectionDocument | undefined {
  const smtp = [...model.connections.values()].filter(({ channel }) => channel === "smtp");
  return smtp.some(({ capture }) => capture === true) ? undefined : smtp[0];
}

/**
 * The wire by which mails go now. A connection that nobody has bound, that is stopped, or whose server may not be called
 * is none: mails wait then, and the reason is answered.
 */
export async function wireOf(
  workspace: Workspace,
  { mailbox, gate, now }: { readonly mailbox: Mailbox; readonly gate: MailGate; readonly now: Date },
): Promise<Wire | { readonly why: string }> {
  const document = mailConnection(workspace.model);
  if (document) return wireAt(workspace, document, { gate, now });
  const bounces = domainOf(senderOf(workspace.model).address);
  return { name: mailboxWire, way: await mailbox.way(), lines: linesUsual, domainLines: linesUsual, bounces };
}

/** The wire of one connection, or why there is none. */
export async function wireAt(
  workspace: Workspace,
  document: ConnectionDocument,
  { gate, now }: { readonly gate: MailGate; readonly now: Date },
): Promise<Wire | { readonly why: string }> {
  const binding = await findBinding(workspace, document.$anchor, now);
  if (!binding) return { why: "unbound" };
  if (!binding.active) return { why: "off" };
  const { protocol, hostname, port } = new URL(document.url);
  const secure = protocol === "smtps:";
  const there = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (secure ? 465 : 587)) };
  const address = await gate(there.host, there.port);
  if (address === undefined) return { why: "closed" };
  const { tls = "required", user, limits = {}, from } = document;
  const { lines = linesUsual } = limits;
  const [password] = binding.secrets;
  return {
    name: document.$anchor,
    way: { ...there, address, tls: secure ? "tls" : startTls[tls], ...(user === undefined ? {} : { user, password }) },
    lines,
    domainLines: limits.domain_lines ?? lines,
    perMinute: limits.per_minute,
    warmUp: limits.warm_up,
    bounces: document.bounces ?? domainOf((from ?? senderOf(workspace.model)).address),
    signing: await signingOf(workspace, document.$anchor),
  };
}

const startTls = { required: "starttls", offered: "offered", none: "none" } as const;
