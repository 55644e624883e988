import { cleanHtml } from "../inbound/clean-html.ts";
import { withoutQuotes } from "../inbound/quoted.ts";
import { snippetsOf } from "./mail-answer.ts";
import { rulesOfAnswers } from "./mail-compose.ts";
import { askerOf } from "./operation.ts";
import { getRecord, type ReadScene } from "./read.ts";

/** A mail of a record, as it is shown: without what it quotes, and with nothing in it that could act. */
export interface ShownMail {
  readonly type: "mail";
  readonly id: string;
  readonly direction: "in" | "out";
  readonly at: string;
  readonly from: { readonly address: string; readonly name: string | null };
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** What was left out of the text; the mail itself is kept whole. */
  readonly quoted: string | null;
  readonly html: string | null;
  readonly auto: boolean;
  readonly files: readonly MailFile[];
  /** How far it has come on its way out. */
  readonly status: string | null;
  /** Why it joined the record. */
  readonly joined: { readonly rule: number | null; readonly evidence: Readonly<Record<string, string>> } | null;
  readonly possible: string | null;
  /** The record from which it was brought by a merge. */
  readonly origin: string | null;
}

interface MailFile {
  readonly id: string;
  readonly name: string;
  readonly size_bytes: number;
}

/** A note that our own people alone see. */
export interface ShownNote {
  readonly type: "aside";
  readonly id: string;
  readonly at: string;
  readonly text: string;
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly mentions: readonly { readonly id: string; readonly name: string }[];
  readonly origin: string | null;
}

const itemsMost = 200;

/**
 * What was said about a record, from the oldest on: mails both ways and notes, the last two hundred of each. With it, how
 * it may be answered. Throws where the caller does not see the record.
 */
export async function readConversation(scene: ReadScene, entity: string, record: string) {
  await getRecord(scene, entity, record, { fields: "id" });
  const { pool, schema } = scene.workspace;
  const [mails, notes, standing] = await Promise.all([
    pool.query(
      `select m.id, m.direction, m.at, m.from_address, m.from_name, m.to_addresses, m.cc_addresses, m.subject, m.text, m.html,
         m.auto, s.status, a.rule, a.evidence, a.possible, v.origin,
         (select json_agg(json_build_object('id', f.id, 'name', f.name, 'size_bytes', f.size_bytes, 'content_id', x.content_id)
            order by f.id) from ${schema}._mail_file x join ${schema}._file f on f.id = x.file and f.removed_at is null
          where x.mail = m.id) as files
       from ${schema}._mail m left join ${schema}._sending s on s.id = m.sending
         left join ${schema}._arrival a on a.mail = m.id
         left join lateral (select origin from ${schema}._moved where kind = 'mail' and id = m.id order by operation limit 1) as v on true
       where m.record = $1 order by m.at desc, m.id desc limit ${itemsMost}`,
      [record],
    ),
    pool.query(
      `select n.id, n.at, n.text, v.origin, json_build_object('id', n.by, 'name', u.name) as by,
         (select json_agg(json_build_object('id', w.id, 'name', w.name) order by w.name) from ${schema}."user" w
          where w.id = any(n.mentions)) as mentions
       from ${schema}._note n left join ${schema}."user" u on u.id = n.by
         left join lateral (select origin from ${schema}._moved where kind = 'aside' and id = n.id order by operation limit 1) as v on true
       where n.record = $1 order by n.at desc, n.id desc limit ${itemsMost}`,
      [record],
    ),
    pool.query(
      `select (select joined from ${schema}._conversation where record = $1) as joined,
         exists (select from ${schema}._watch where record = $1 and "user" = $2) as watching`,
      [record, askerOf(scene)],
    ),
  ]);
  const shown = await Promise.all((mails.rows as MailRow[]).map(shownMail));
  const items = [...shown, ...(notes.rows as NoteRow[]).map(shownNote)].sort((one, other) =>
    one.at === other.at ? (one.id < other.id ? -1 : 1) : one.at < other.at ? -1 : 1,
  );
  return {
    items,
    /** The record into which this one was merged. */
    joined: (standing.rows[0]?.joined ?? null) as string | null,
    /** Whether the reader hears of what comes to it. */
    watching: standing.rows[0]?.watching as boolean,
    answer: await rulesOfAnswers(scene, entity, record),
    snippets: snippetsOf(scene, entity).map(({ $id, title, values, event }) => ({
      ...{ name: $id, title },
      macro: event !== undefined || Object.keys(values ?? {}).length > 0,
    })),
  };
}

interface MailRow {
  readonly id: string;
  readonly direction: "in" | "out";
  readonly at: Date | string;
  readonly from_address: string;
  readonly from_name: string | null;
  readonly to_addresses: readonly string[];
  readonly cc_addresses: readonly string[];
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly auto: boolean;
  readonly status: string | null;
  readonly rule: number | null;
  readonly evidence: Readonly<Record<string, string>> | null;
  readonly possible: string | null;
  readonly origin: string | null;
  readonly files: readonly (MailFile & { readonly content_id: string | null })[] | null;
}

const moment = (at: Date | string) => new Date(at).toISOString();

async function shownMail(row: MailRow): Promise<ShownMail> {
  const whole = (row.text ?? "").trim();
  const { text, quoted } = row.direction === "in" ? withoutQuotes(whole) : { text: whole, quoted: false };
  const files = row.files ?? [];
  const pictures = new Map(files.map((it) => [it.content_id, `/api/files/${it.id}`]));
  const html =
    row.html === null
      ? null
      : await cleanHtml(row.html, { fileAt: (id) => pictures.get(id), quoted: row.direction === "out" });
  return {
    type: "mail",
    id: row.id,
    direction: row.direction,
    at: moment(row.at),
    from: { address: row.from_address, name: row.from_name === "" ? null : row.from_name },
    to: row.to_addresses,
    cc: row.cc_addresses,
    subject: row.subject,
    ...{ text, quoted: quoted ? whole : null, html: html === "" ? null : html, auto: row.auto },
    files: files.map(({ id, name, size_bytes }) => ({ id, name, size_bytes: Number(size_bytes) })),
    status: row.status,
    joined: row.evidence === null ? null : { rule: row.rule, evidence: row.evidence },
    ...{ possible: row.possible, origin: row.origin },
  };
}

interface NoteRow {
  readonly id: string;
  readonly at: Date | string;
  readonly text: string;
  readonly origin: string | null;
  readonly by: { readonly id: string | null; readonly name: string | null };
  readonly mentions: ShownNote["mentions"] | null;
}

function shownNote({ id, at, text, origin, by, mentions }: NoteRow): ShownNote {
  const who = by.id === null ? null : { id: by.id, name: by.name ?? "" };
  return { type: "aside", id, at: moment(at), text, by: who, mentions: mentions ?? [], origin };
}
