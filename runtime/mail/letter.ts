import { createPrivateKey, randomBytes, type KeyObject } from "node:crypto";
import { Cache } from "engine/sql";
import type { Address } from "../store/mails.ts";
import { encoded, type Encoded } from "./encoding.ts";

/** A mail with everything that stands in it, ready to be written as bytes. */
export interface Letter {
  readonly messageId: string;
  readonly from: Address;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: string | null;
  readonly inReplyTo: string | null;
  readonly refs: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly date: Date;
}

/** What a domain signs its mails by (DKIM, RFC 6376). */
export interface Signing {
  readonly domain: string;
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

/** A mail as bytes, signed where a domain signs. */
export async function bytesOf(letter: Letter, signing?: Signing): Promise<Buffer> {
  const { text, html } = letter;
  const plain = { type: "plain", ...encoded(text) };
  const [head, rest] =
    html === null
      ? [
          await headOf(letter, typeOf(plain), plain.encoding),
          [plain.body, ...(plain.body.at(-1) === feed ? [] : [end])],
        ]
      : await alternatives(letter, [plain, { type: "html", ...encoded(html) }]);
  const bytes = Buffer.concat([Buffer.from(head, "utf8"), ...rest]);
  return signing ? signed(bytes, signing) : bytes;
}

interface Part extends Encoded {
  readonly type: string;
}

const end = Buffer.from("\r\n");
const feed = 10;
const typeOf = ({ type }: Part) => `text/${type}; charset=utf-8`;
const boundaryBytes = 12;

/** Head and body of a mail that says the same in several ways, the best one last (RFC 2046, section 5.1.4). */
async function alternatives(letter: Letter, parts: readonly Part[]): Promise<readonly [string, readonly Buffer[]]> {
  // No encoded part has these two signs in a row.
  const boundary = `=_${randomBytes(boundaryBytes).toString("hex")}`;
  const head = await headOf(letter, `multipart/alternative; boundary="${boundary}"`);
  const told = (part: Part) =>
    `--${boundary}\r\nContent-Type: ${typeOf(part)}\r\nContent-Transfer-Encoding: ${part.encoding}\r\n\r\n`;
  return [
    head,
    [...parts.flatMap((part) => [Buffer.from(told(part)), part.body, end]), Buffer.from(`--${boundary}--\r\n`)],
  ];
}

/** The head of a mail, with the empty line behind it: words outside ASCII are encoded, nothing in a value begins a line. */
async function headOf(letter: Letter, type: string, encoding?: Encoded["encoding"]): Promise<string> {
  const { default: MimeNode } = await import("nodemailer/lib/mime-node");
  const { from, to, cc, replyTo, inReplyTo, refs, subject, headers, date, messageId } = letter;
  // It draws no boundary of its own.
  const node = new MimeNode(type, { baseBoundary: "none" });
  node.addHeader({ ...headers });
  node.setHeader("from", { name: from.name ?? "", address: from.address });
  node.setHeader("to", [...to]);
  if (cc.length > 0) node.setHeader("cc", [...cc]);
  if (replyTo !== null) node.setHeader("reply-to", replyTo);
  if (inReplyTo !== null) node.setHeader("in-reply-to", inReplyTo);
  if (refs.length > 0) node.setHeader("references", [...refs]);
  node.setHeader("subject", subject);
  node.setHeader("message-id", messageId);
  node.setHeader("date", date);
  if (encoding) node.setHeader("content-transfer-encoding", encoding);
  return `${node.buildHeaders()}\r\n\r\n`;
}

async function signed(bytes: Buffer, { domain, selector, privateKey }: Signing): Promise<Buffer> {
  const { default: DKIM } = await import("nodemailer/lib/dkim");
  // Those that say how to stop stand in the signature (RFC 8058, section 4).
  const dkim = new DKIM({
    domainName: domain,
    keySelector: selector,
    privateKey: keyOf(privateKey),
    headerFieldNames:
      "from:sender:reply-to:subject:date:message-id:to:cc:mime-version:content-type:content-transfer-encoding:in-reply-to:references:list-unsubscribe:list-unsubscribe-post:list-id:auto-submitted",
  });
  const pieces: Buffer[] = [];
  for await (const piece of dkim.sign(bytes) as AsyncIterable<Buffer>) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const keys = new Cache<KeyObject>(50);

/** A private key, read once: that takes longer than to sign by it. */
const keyOf = (pem: string): KeyObject => keys.get(pem, () => createPrivateKey(pem));
