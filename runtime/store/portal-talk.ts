import { mailFieldsOf, problem, type Entity, type Values } from "engine";
import { identifier } from "engine/sql";
import type { PortalDocument, PortalRecords } from "schemas";
import type { Connection } from "../database/pool.ts";
import { textOfHtml } from "../inbound/clean-html.ts";
import { withoutQuotes } from "../inbound/quoted.ts";
import { recordFacts } from "./facts.ts";
import type { StoredFile } from "./files.ts";
import { mailboxOf } from "./mail-answer.ts";
import { sendWhereOffered } from "./mail-event.ts";
import { keepFiles, tellOfMail } from "./mail-keep.ts";
import { keepMail, small } from "./mails.ts";
import type { Scene } from "./operation.ts";
import type { PortalAt, Visitor } from "./portal-visitor.ts";
import { isId } from "./records.ts";

/** Something that was said between the house and the persons of a record. */
export interface PublicMail {
  readonly id: string;
  /** Whether the house has said it. */
  readonly ours: boolean;
  /** Whether it was the reader herself. */
  readonly mine: boolean;
  readonly name: string;
  readonly at: Date;
  readonly text: string;
  readonly files: readonly PublicFile[];
}

/** A file that came with it. */
export interface PublicFile {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
}

const mailsMost = 200;

/** The mails of a record that its reader may know of: `$1` is the record, `$2` her address. */
function publicMails({ workspace, portal }: PortalAt, entity: Entity, records: PortalRecords) {
  const { schema } = workspace;
  return {
    known: `with person as (
       select $2::text as address
       union select p.from_address from ${schema}._portal_message w join ${schema}._mail p on p.id = w.mail where w.record = $1
       ${whoseAddress(workspace, portal, entity, records)}),
     known as (select array_agg(address) as them from person where address is not null)`,
    from: `${schema}._mail m cross join known k left join ${schema}._sending s on s.id = m.sending`,
    where: `m.record = $1 and (m.direction = 'out' or not m.auto) and (s.id is null or s.status not in ('held', 'cancelled'))
       and (m.from_address = any(k.them) or m.to_addresses && k.them or m.cc_addresses && k.them)`,
  };
}

/**
 * What was said to and by the persons of a record that its reader sees, from the oldest on: mails to or from herself, the
 * person whose the record is, and those who have written about it on these pages, with their files. What the house has
 * said to others about it, its notes, files that came by no such mail, and what it has not sent are not there.
 */
export async function readPublicTalk(
  at: PortalAt,
  entity: Entity,
  records: PortalRecords,
  record: string,
  { address }: Visitor,
): Promise<readonly PublicMail[]> {
  const { schema, pool } = at.workspace;
  const { known, from, where } = publicMails(at, entity, records);
  const { rows } = await pool.query(
    `${known}
     select m.id, m.direction, m.at, m.from_name, m.from_address, m.text, m.html,
       (select json_agg(json_build_object('id', f.id, 'name', f.name, 'sizeBytes', f.size_bytes) order by f.id)
        from ${schema}._mail_file x join ${schema}._file f on f.id = x.file and f.complete and f.removed_at is null
        where x.mail = m.id) as files
     from ${from} where ${where} order by m.at desc, m.id desc limit ${mailsMost}`,
    [record, address],
  );
  return (await Promise.all((rows as MailRow[]).map((row) => publicMail(row, address)))).reverse();
}

/** A file of a mail that the reader of a record may know of. Throws where there is none. */
export async function findPublicFile(
  at: PortalAt,
  entity: Entity,
  records: PortalRecords,
  { record, file }: { readonly record: string; readonly file: string },
  { address }: Visitor,
): Promise<StoredFile> {
  if (!records.conversation || !isId(file)) throw problem("file.missing", {});
  const { schema, pool } = at.workspace;
  const { known, from, where } = publicMails(at, entity, records);
  const { rows } = await pool.query(
    `${known}
     select f.id, f.name, f.type, f.size_bytes::int as "sizeBytes", f.sha256, f.by from ${from}
     join ${schema}._mail_file x on x.mail = m.id and x.file = $3
     join ${schema}._file f on f.id = x.file and f.complete and f.removed_at is null and f.record = $1
     where ${where} limit 1`,
    [record, address, file],
  );
  const [found] = rows as StoredFile[];
  if (!found) throw problem("file.missing", {});
  return found;
}

/** The addresses of the person whose a record is. */
function whoseAddress(
  { schema, model }: PortalAt["workspace"],
  { person }: PortalDocument,
  entity: Entity,
  records: PortalRecords,
): string {
  if (records.person === undefined || !entity.fields.has(records.person)) return "";
  const named = model.entities.get(person.entity);
  const fields = (named && mailFieldsOf(named)?.all.map(({ name }) => name)) ?? [];
  const addresses = [...new Set([person.email, ...fields])].map((name) => `o.${identifier(name)}`);
  return `union select lower(unnest(array[${addresses.join(", ")}])) from ${schema}.${identifier(entity.name)} t
    join ${schema}.${identifier(person.entity)} o on o.id = t.${identifier(records.person)} where t.id = $1`;
}

interface MailRow {
  readonly id: string;
  readonly direction: "in" | "out";
  readonly at: Date | string;
  readonly from_name: string | null;
  readonly from_address: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly files: readonly PublicFile[] | null;
}

async function publicMail(row: MailRow, address: string): Promise<PublicMail> {
  const whole = (row.text ?? "").trim() || (row.html === null ? "" : await textOfHtml(row.html));
  return {
    id: row.id,
    ours: row.direction === "out",
    mine: row.direction === "in" && row.from_address === address,
    name: row.from_name || row.from_address,
    at: new Date(row.at),
    text: row.direction === "in" ? withoutQuotes(whole).text : whole,
    files: row.files ?? [],
  };
}

/** What a visitor writes, as a mail that has come from her. */
export interface Written {
  readonly portal: PortalDocument;
  readonly visitor: Visitor;
  readonly records: PortalRecords;
  readonly entity: Entity;
  readonly record: Values;
  readonly text: string;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** It begins the record's conversation: nobody has to be told beside, and nothing is sent to the record. */
  readonly first: boolean;
}

/** Keeps what a visitor has written, and its files, in the record's conversation; its owner is told, and the record's workflow. */
export async function keepWritten(tx: Connection, scene: Scene, written: Written): Promise<void> {
  const { portal, visitor, records, entity, record, text, files, first } = written;
  const id = String(record.id);
  const mailbox = mailboxOf(scene, entity.name);
  const subject = String(record[entity.nameField?.name ?? ""] ?? "").replaceAll(/\s+/g, " ");
  const mail = await keepMail(tx, scene, {
    ...{ direction: "in", messageId: null, subject, text, html: null },
    from: { address: visitor.address, name: visitor.name },
    to: mailbox ? [mailbox.address] : [],
    ...{ entity: entity.name, record: id },
  });
  await tx.query(
    `insert into ${scene.workspace.schema}._portal_message (mail, portal, record, person) values ($1, $2, $3, $4)`,
    [mail, portal.$anchor, id, visitor.principal.id],
  );
  await keepFiles(tx, scene, { mail, entity: entity.name, record: id }, files);
  await recordFacts(tx, scene, [
    {
      type: first ? "mail.received" : "mail.replied",
      subject: { entity: entity.name, record: id },
      at: scene.now,
      ...{ source: `portal ${portal.$anchor}`, sourceId: mail },
      data: { mail, portal: portal.$id, subject, from: small(visitor.address) },
    },
  ]);
  await tellOfMail(
    tx,
    scene,
    { entity: entity.name, record: id },
    { bell: !first, subject: subject || portal.title, from: visitor.name },
  );
  scene.written.rows += 1;
  // What follows from it in the house is the house's own: nobody's rights outside bound it.
  if (!first) await sendFirst(tx, { ...scene, access: undefined }, records, id, mail, records.conversation?.events);
}

/** Sends the record the first of the events that its workflow waits for. */
async function sendFirst(
  tx: Connection,
  scene: Scene,
  { entity }: PortalRecords,
  record: string,
  mail: string,
  events: readonly string[] = [],
): Promise<void> {
  const [type, ...others] = events;
  if (type === undefined) return;
  if (await sendWhereOffered(tx, scene, { entity, record, type, data: { mail } })) return;
  await sendFirst(tx, scene, { entity } as PortalRecords, record, mail, others);
}
