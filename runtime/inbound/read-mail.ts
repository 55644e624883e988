import { createHash } from "node:crypto";
import type { Address, Mailbox } from "postal-mime";
import { addressesIn } from "./report.ts";

/** Somebody with an address, which stands in small letters. */
export interface Correspondent {
  readonly address: string;
  readonly name: string;
}

/** A file that came with a mail. */
export interface MailFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** By which id the html shows it in its place; without angle brackets. */
  readonly contentId?: string;
}

/** A mail as it was read: what people see of it, and what tells where it belongs. */
export interface ReadMail {
  /** With angle brackets; of a mail without one, an id made of what it says, the same each time. */
  readonly messageId: string;
  readonly inReplyTo: string;
  /** From the root to the newest. */
  readonly references: readonly string[];
  readonly from: Correspondent;
  readonly replyTo: readonly Correspondent[];
  readonly to: readonly Correspondent[];
  readonly cc: readonly Correspondent[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The values of all headers by their names in small letters. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Where the mail says when it was written; nothing where it says no moment. */
  readonly sentAt: Date | undefined;
  readonly files: readonly MailFile[];
}

/** What a mail may weigh. */
export const mailBytesMax = 30_000_000;

const textMost = 1_000_000;
const addressesMost = 200;

/** Reads a raw message (RFC 5322, MIME). Throws where it is nested or its headers are larger than any mail's. */
export async function readMail(raw: Uint8Array): Promise<ReadMail> {
  const { default: PostalMime } = await import("postal-mime");
  const mail = await PostalMime.parse(raw, {
    rfc822Attachments: true,
    maxNestingDepth: 50,
    maxHeadersSize: 1_000_000,
    attachmentEncoding: "arraybuffer",
  });
  const headers: Record<string, string[]> = {};
  for (const { key, value } of mail.headers.slice(0, 500))
    (headers[clean(key)] ??= []).push(clean(value).slice(0, 4000));
  const sentAt = new Date(mail.date ?? Number.NaN);
  const from = peopleOf(mail.from ? [mail.from] : [])[0] ?? { address: "", name: "" };
  return {
    messageId: idsIn(mail.messageId ?? "")[0] ?? madeId(mail.headers, raw),
    inReplyTo: idsIn(mail.inReplyTo ?? "")[0] ?? "",
    references: idsIn(mail.references ?? "").slice(-100),
    from,
    replyTo: peopleOf(mail.replyTo ?? []),
    to: peopleOf(mail.to ?? []),
    cc: peopleOf(mail.cc ?? []),
    subject: clean(mail.subject ?? "")
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, 500),
    text: clean(mail.text ?? "").slice(0, textMost),
    html: clean(mail.html ?? "").slice(0, textMost),
    headers,
    sentAt: Number.isNaN(sentAt.getTime()) ? undefined : sentAt,
    files: mail.attachments.map(({ filename, mimeType, content, contentId }) => ({
      name: clean(filename ?? (mimeType === "message/rfc822" ? "message.eml" : "file")),
      bytes: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
      ...(contentId === undefined ? {} : { contentId: contentId.replaceAll(/[<>]/g, "") }),
    })),
  };
}

/** Ids of messages in a header, with their angle brackets. */
export function idsIn(header: string): readonly string[] {
  return [...header.matchAll(/<[^<>\s]{1,500}>/g)].map(([id]) => clean(id));
}

/** The id of a mail that brings none (T12): what it says and by whom, so that the same mail again has the same one. */
function madeId(headers: readonly { readonly key: string; readonly value: string }[], raw: Uint8Array): string {
  const text = Buffer.from(raw).toString("latin1").replaceAll("\r\n", "\n");
  const body = text.slice(Math.max(text.indexOf("\n\n"), 0));
  const said = ["from", "to", "date", "subject"].map((name) => headers.find(({ key }) => key === name)?.value ?? "");
  const hash = createHash("sha256")
    .update([...said, body.trim()].join("\n"))
    .digest("hex");
  return `<${hash.slice(0, 40)}@without-message-id.invalid>`;
}

function peopleOf(them: readonly Address[]): readonly Correspondent[] {
  const flat = them.flatMap((it): readonly Mailbox[] => it.group ?? [it]);
  return flat.slice(0, addressesMost).flatMap(({ address, name }) => {
    const [found] = addressesIn(address);
    return found === undefined ? [] : [{ address: found.slice(0, 320), name: clean(name).slice(0, 200) }];
  });
}

/** A text that every database takes. */
const clean = (text: string) => text.toWellFormed().replaceAll("\0", "");
