import { problem } from "engine";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { isId } from "./records.ts";

/** A mail as it came over the wire. */
export interface Posted {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
}

/** Keeps what the mailbox of the house has taken. */
export async function keepPosted({ pool, schema }: Workspace, posted: Posted, now: Date): Promise<void> {
  const { default: PostalMime } = await import("postal-mime");
  const { messageId = null, from, to = [], subject = "" } = await PostalMime.parse(posted.raw);
  const written = ({ name, address = "" }: { name?: string; address?: string | undefined }) =>
    name ? `${name} <${address}>` : address;
  await pool.query(
    `insert into ${schema}._mailbox (id, at, envelope_from, envelope_to, message_id, from_text, to_text, subject, size, raw)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      newId(now),
      now,
      clean(posted.from),
      posted.to.map(clean),
      messageId && clean(messageId),
      clean(from ? written(from) : posted.from),
      clean(to.map(written).join(", ")),
      clean(subject),
      posted.raw.length,
      posted.raw,
    ],
  );
}

const clean = (text: string) => text.replaceAll("\0", "").toWellFormed();

const pageRows = 50;

/** A page of the mailbox, the newest first. */
export async function listPosted({ pool, schema }: Workspace, before: string | undefined) {
  const { rows } = await pool.query(
    `select id, at, from_text as from, to_text as to, subject, size from ${schema}._mailbox
     where $1::uuid is null or id < $1 order by id desc limit ${pageRows + 1}`,
    [before ?? null],
  );
  const items = rows.slice(0, pageRows);
  return { items, next: rows.length > pageRows ? (items.at(-1).id as string) : null };
}

/** One mail of the mailbox, read: its headers as they stand, its text and its HTML, the links in it. */
export async function readPosted({ pool, schema }: Workspace, id: string) {
  const { rows } = isId(id)
    ? await pool.query(
        `select b.id, b.at, b.envelope_from, b.envelope_to, b.size, b.raw, s.id as sending, s.status, s.purpose
         from ${schema}._mailbox b left join ${schema}._sending s on s.message_id = b.message_id where b.id = $1 limit 1`,
        [id],
      )
    : { rows: [] };
  if (!rows[0]) throw problem("mail.missing", {});
  const { raw, ...row } = rows[0];
  const { default: PostalMime } = await import("postal-mime");
  const { subject = "", text = "", html = null, headerLines } = await PostalMime.parse(raw as Buffer);
  return {
    ...row,
    subject,
    text,
    html,
    headers: headerLines.map(({ line }) => unfolded(line)),
    links: [...new Set([...(html ?? "").matchAll(/<a\b[^>]*?\bhref="([^"]+)"/gi)].map(([, to = ""]) => plain(to)))],
  };
}

/** A header in one line, apart from its name. */
function unfolded(line: string): { readonly name: string; readonly value: string } {
  const whole = line.replaceAll(/\r?\n[ \t]+/g, " ");
  const at = whole.indexOf(":");
  return { name: whole.slice(0, at), value: whole.slice(at + 1).trim() };
}

const plain = (href: string) => href.replaceAll("&amp;", "&");

/** Empties the mailbox. Answers how many mails were in it. */
export async function emptyMailbox({ pool, schema }: Workspace): Promise<number> {
  return (await pool.query(`delete from ${schema}._mailbox`)).rowCount ?? 0;
}
