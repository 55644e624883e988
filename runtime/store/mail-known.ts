import { mailFieldsOf, senderEntityOf } from "engine";
import { identifier } from "engine/sql";
import type { MailboxDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { ReadMail } from "../inbound/read-mail.ts";
import { normalSubject, type KnownMail, type ThreadScene } from "../inbound/thread.ts";
import { readAddress, readCode, type TokenKey } from "../inbound/token.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";

/** A mail at the door: of which mailbox, and whom it was sent to, its envelope included. */
export interface AtDoor {
  readonly mailbox: MailboxDocument;
  readonly mail: ReadMail;
  readonly to: readonly string[];
  readonly key: TokenKey;
}

const idsMost = 60;
const mentionsMost = 50;

/** What the store knows of a mail: all that `resolveThread` asks. Records that were merged stand for their survivors. */
export async function knownOf(tx: Connection, scene: Scene, door: AtDoor): Promise<ThreadScene> {
  const { mailbox, mail, to, key } = door;
  const read = to.map((address) => readAddress(key, mailbox.address, address, scene.now));
  const signed = read.flatMap((it) => (it.is === "signed" ? [it.record] : []));
  const ids = [...new Set([mail.inReplyTo, ...mail.references.toReversed()])]
    .filter((id) => id !== "")
    .slice(0, idsMost);
  const [parents, mentioning, coded, alike] = [
    await mailsBy(tx, scene, mailbox, ids),
    await mailsNaming(tx, scene, mailbox, ids),
    await codedBy(tx, scene, mailbox, readCode(key.secret, mail.subject)),
    await alikeOf(tx, scene, door),
  ];
  const named = [signed[0], coded?.record, alike, ...[...parents, ...mentioning].map(({ record }) => record)];
  const survivors = await survivorsOf(
    tx,
    scene,
    named.filter((it) => it !== undefined),
  );
  const standing = (record: string | undefined) =>
    record === undefined ? undefined : (survivors.get(record) ?? record);
  const moved = <Mail extends KnownMail>(it: Mail): Mail => ({ ...it, record: standing(it.record) });
  const records = [...new Set(named.map(standing).filter((it) => it !== undefined))];
  return {
    mail,
    addressed: standing(signed[0]),
    forged: read.some(({ is }) => is === "forged"),
    parents: parents.map(moved),
    mentioning: mentioning.map(moved),
    coded: coded && { ...coded, record: standing(coded.record)! },
    alike: standing(alike),
    participants: await participantsOf(tx, scene, mailbox, records),
    isStaff: await isStaff(tx, scene, mail.from.address),
  };
}

interface MailRow {
  readonly id: string;
  readonly message_id: string | null;
  readonly entity: string | null;
  readonly record: string | null;
  readonly from_address: string;
  readonly to_addresses: readonly string[];
  readonly cc_addresses: readonly string[];
  readonly purpose: string | null;
}

const columns = "m.id, m.message_id, m.entity, m.record, m.from_address, m.to_addresses, m.cc_addresses, m.purpose";

const knownBy = ({ entity }: MailboxDocument, row: MailRow): KnownMail => ({
  id: row.id,
  messageId: row.message_id ?? "",
  record: row.entity === entity && row.record !== null ? row.record : undefined,
  from: row.from_address,
  to: [...row.to_addresses, ...row.cc_addresses],
  broadcast: row.purpose !== null,
});

async function mailsBy(tx: Connection, { workspace }: Scene, mailbox: MailboxDocument, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const { rows } = await tx.query(
    `select ${columns} from ${workspace.schema}._mail m where m.message_id = any($1::text[]) order by m.at, m.id`,
    [ids],
  );
  return (rows as MailRow[]).map((row) => knownBy(mailbox, row));
}

async function mailsNaming(tx: Connection, { workspace }: Scene, mailbox: MailboxDocument, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const { rows } = await tx.query(
    `select ${columns}, m.refs from ${workspace.schema}._mail m where m.refs && $1::text[] and m.record is not null
     order by m.at desc, m.id desc limit ${mentionsMost}`,
    [ids],
  );
  return (rows as (MailRow & { refs: readonly string[] })[]).map((row) => ({
    ...knownBy(mailbox, row),
    mentions: row.refs,
  }));
}

async function codedBy(
  tx: Connection,
  { workspace, model }: Scene,
  { entity }: MailboxDocument,
  code: string | undefined,
) {
  if (code === undefined) return undefined;
  const { rows } = await tx.query(
    `select record from ${workspace.schema}._conversation where code = $1 and entity = $2`,
    [code, model.entities.get(entity)?.anchor ?? ""],
  );
  return rows[0] ? { record: rows[0].record as string, code } : undefined;
}

/** Rule 5, where the mailbox wants it: the last mail of the same sender with the same subject. */
async function alikeOf(
  tx: Connection,
  { workspace, now }: Scene,
  { mailbox, mail }: AtDoor,
): Promise<string | undefined> {
  const { suggest_days: days, entity } = mailbox;
  if (days === undefined || mail.from.address === "") return undefined;
  const since = new Date(now.getTime() - days * 86_400_000);
  const { rows } = await tx.query(
    `select record, subject from ${workspace.schema}._mail
     where from_address = $1 and entity = $2 and record is not null and at >= $3 order by at desc, id desc limit 50`,
    [mail.from.address, entity, since],
  );
  const wanted = normalSubject(mail.subject);
  const found = (rows as { record: string; subject: string }[]).find((row) => normalSubject(row.subject) === wanted);
  return wanted === "" ? undefined : found?.record;
}

/** The records into which records were merged; those that stand by themselves are left out. */
export async function survivorsOf(
  tx: Connection,
  { workspace }: Pick<Scene, "workspace">,
  records: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (records.length === 0) return new Map();
  const { rows } = await tx.query(
    `select record, joined from ${workspace.schema}._conversation where record = any($1::uuid[]) and joined is not null`,
    [records],
  );
  return new Map((rows as { record: string; joined: string }[]).map(({ record, joined }) => [record, joined]));
}

/** The addresses of all who have written to a record or were written to from it, and of the people that it names. */
async function participantsOf(tx: Connection, scene: Scene, mailbox: MailboxDocument, records: readonly string[]) {
  const found = new Map<string, Set<string>>();
  if (records.length === 0) return found;
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select m.record, a.address from ${schema}._mail m,
       unnest(m.to_addresses || m.cc_addresses || array[m.from_address]) as a (address)
     where m.record = any($1::uuid[]) group by m.record, a.address limit 2000`,
    [records],
  );
  const named = await sendersOf(tx, scene, mailbox, records);
  const own = new RegExp(`^${mailbox.address.split("@")[0]!.replaceAll(/[.\\+]/g, "\\$&")}(?:\\+[^@]*)?@`);
  const domain = mailbox.address.split("@")[1];
  for (const { record, address } of [...(rows as { record: string; address: string }[]), ...named]) {
    if (own.test(address) && address.endsWith(`@${domain}`)) continue;
    const known = found.get(record) ?? new Set();
    found.set(record, known.add(address));
  }
  return found;
}

/** The addresses of those whom records name as their senders. */
async function sendersOf(
  tx: Connection,
  { workspace, model }: Scene,
  mailbox: MailboxDocument,
  records: readonly string[],
) {
  const person = senderEntityOf(model, mailbox);
  const fields = person && mailFieldsOf(person);
  if (!person || !fields || mailbox.fields.sender === undefined) return [];
  const { schema } = workspace;
  const [of, by] = [mailbox.entity, mailbox.fields.sender].map(identifier);
  const { rows } = await tx.query(
    `select t.id as record, lower(a.address) as address from ${schema}.${of} t
       join ${schema}.${identifier(person.name)} p on p.id = t.${by}
       cross join lateral unnest(array[${fields.all.map(({ name }) => `p.${identifier(name)}`).join(", ")}]) as a (address)
     where t.id = any($1::uuid[]) and a.address is not null`,
    [records],
  );
  return rows as { record: string; address: string }[];
}

/** Whether an address is that of somebody who works here. */
async function isStaff(tx: Connection, { workspace }: Scene, address: string): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from ${workspace.schema}."user" where lower(email) = $1 and active and deleted_at is null limit 1`,
    [address],
  );
  return rows.length > 0;
}

/** What becomes of the mails of records that go: they stay, and belong to nothing. */
export function leftMails(schema: string, records: readonly string[]): readonly Part[] {
  return [
    `update ${schema}._mail set record = null, entity = null where record = any($1::uuid[])`,
    `update ${schema}._arrival set record = null where record = any($1::uuid[])`,
    `delete from ${schema}._conversation where record = any($1::uuid[])`,
  ].map((sql) => ({ sql, parameters: [records] }));
}
