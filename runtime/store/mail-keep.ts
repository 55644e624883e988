import type { Connection } from "../database/pool.ts";
import type { MailboxDocument } from "schemas";
import { cleanName } from "../file-name.ts";
import { typeOf } from "../file-type.ts";
import { newId } from "../id.ts";
import { insertEvents } from "./chronicle.ts";
import { stage } from "./commit.ts";
import { storeFile } from "./files.ts";
import { keepMail } from "./mails.ts";
import { askerOf, type Scene } from "./operation.ts";
import { trustOf, type ReadArrival, type Settled } from "./receive-mail.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { tellWatchers } from "./watchers.ts";

interface MailFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentId?: string | undefined;
}

/** So many files of a mail are kept as files of its record; the mail as it came has them all. */
const filesMost = 50;

/** Keeps a mail as it came and as it was read, its files as those of its record, and tells the record's owner. Answers its id. */
export async function keepArrived(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { mail, text, raw, parts }: ReadArrival,
  done: Settled,
): Promise<string> {
  const { schema } = scene.workspace;
  const { messageId, inReplyTo, references, from, subject, html, headers } = mail;
  const refs = [...new Set([...references, ...(inReplyTo === "" ? [] : [inReplyTo])])];
  const auto = done.class !== "genuine" && done.class !== "list";
  const id = await keepMail(tx, scene, {
    direction: "in",
    messageId,
    inReplyTo: inReplyTo === "" ? null : inReplyTo,
    refs,
    from,
    to: mail.to.map(({ address }) => address),
    cc: mail.cc.map(({ address }) => address),
    ...{ subject, text, html: html === "" ? null : html, headers, auto, at: scene.now },
    entity: done.entity ?? null,
    record: done.record ?? null,
  });
  const evidence = { ...done.thread?.evidence, ...trustOf(parts) };
  await tx.query(
    `update ${schema}._arrival set mail = $3, record = $4, class = $5, rule = $6, evidence = $7, possible = $8, raw = $9
     where entity = $1 and message_id = $2`,
    [
      entityOf(scene, mailbox.entity).anchor,
      messageId,
      id,
      done.record ?? null,
      done.class,
      done.thread?.rule ?? null,
      JSON.stringify(evidence),
      done.thread?.possible ?? null,
      Buffer.from(raw),
    ],
  );
  if (done.entity !== undefined && done.record !== undefined) {
    await keepFiles(tx, scene, { mail: id, entity: done.entity, record: done.record }, mail.files);
    await tellOfMail(
      tx,
      scene,
      { entity: done.entity, record: done.record },
      { bell: !done.made && done.class !== "auto", subject, from: from.name || from.address },
    );
  }
  scene.written.rows += 1;
  return id;
}

/** Keeps the files of a mail as those of its record. */
export async function keepFiles(
  tx: Connection,
  scene: Scene,
  { mail, entity, record }: { readonly mail: string; readonly entity: string; readonly record: string },
  files: readonly MailFile[],
): Promise<void> {
  const { workspace, now, principal } = scene;
  const of = { entity: entityOf(scene, entity).anchor, record };
  const kept = files.slice(0, filesMost).map((it) => ({ ...it, id: newId(now), name: cleanName(it.name, "file") }));
  for (const { id, name, bytes } of kept) {
    const by = { by: askerOf(scene), acting: principal.actor?.id ?? null };
    await storeFile(tx, workspace.schema, { id, name, type: typeOf(bytes, name), ...by, at: now, of }, bytes);
  }
  if (kept.length === 0) return;
  await tx.query(
    `insert into ${workspace.schema}._mail_file (mail, file, content_id)
     select $1::uuid, f.file, f.content_id from unnest($2::uuid[], $3::text[]) as f (file, content_id)`,
    [mail, kept.map(({ id }) => id), kept.map(({ contentId }) => contentId ?? null)],
  );
}

/** Open pages hear that something has come; with `bell` the record's owner is told of it, and who watches it. */
export async function tellOfMail(
  tx: Connection,
  scene: Scene,
  { entity: name, record }: { readonly entity: string; readonly record: string },
  { bell, subject, from }: { readonly bell: boolean; readonly subject: string; readonly from: string },
): Promise<void> {
  const entity = entityOf(scene, name);
  const rows = await lockRecords(tx, scene, entity, { ids: [record], trash: "without", loose: true });
  const values = rows.get(record);
  if (!values) return;
  const event = { entity: name, record, type: "record.mailed", version: Number(values.version), data: null };
  await stage(tx, scene, insertEvents(scene, [event]));
  const { owner } = values;
  if (!bell) return;
  await tellWatchers(tx, scene, { entity: name, record, title: subject || from, body: from, except: [owner] });
  if (typeof owner !== "string") return;
  await tx.query(
    `insert into ${scene.workspace.schema}._notification (id, for_user, at, title, body, entity, record, operation)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [newId(scene.now), owner, scene.now, subject.slice(0, 200) || from, from, name, record, scene.operation],
  );
}
