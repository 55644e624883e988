import { fromKept, keptEntity, problem, type Model, type Values } from "engine";
import type { MailboxDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { readDrafted, tryOut } from "./drafted.ts";
import type { Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import { readArrival, takeIn, type ReadArrival, type ReceivedMail } from "./receive-mail.ts";
import { lockRecords } from "./rows.ts";
import { secretOf } from "./secret.ts";

const rawMost = 1_000_000;

/**
 * What would come of a raw mail by a mailbox that need not be published, in the name and by the rights of who asks: the
 * record that it joins or makes, what is written in it and beside it, and what its sender is told. Nothing of it stays.
 */
export async function tryMail(
  { workspace, principal, now, model }: ReadScene,
  { mailbox: given, raw }: Readonly<Record<string, unknown>>,
) {
  const mailbox = readDrafted<MailboxDocument>(model, "mailbox", given);
  if (typeof raw !== "string" || raw.length > rawMost)
    throw problem("mailbox.value", { wanted: "the text of a mail, a million letters at most", path: "/raw" });
  const lines = raw.trimStart().replaceAll(/\r?\n/g, "\r\n");
  const arrival = await readArrival(Buffer.from(lines));
  const secret = await secretOf(workspace.pool, "mail");
  return tryOut(
    workspace,
    principal,
    now,
    (tx, scene) => takeIn(tx, scene, mailbox, { arrival, secret, envelope: [mailbox.address] }),
    (tx, scene, done) => told(tx, scene, mailbox, arrival, done),
  );
}

async function told(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  arrival: ReadArrival,
  { class: sort, record, rule, possible, repeated }: ReceivedMail,
) {
  const writes = await writtenBy(tx, scene);
  const made = writes.some((it) => it.record === record && it.act === "create");
  const names = await namesOf(tx, scene, mailbox, [record, possible]);
  const { mail } = arrival;
  return {
    mail: { subject: mail.subject, from: mail.from.address, text: arrival.own },
    class: sort,
    rule,
    repeated,
    made,
    record: record === null ? null : { id: made ? null : record, title: names.get(record) ?? "" },
    possible: possible === null ? null : { id: possible, title: names.get(possible) ?? "" },
    writes: writes.map(({ act, entity, record: id, values }) => ({ act, entity, own: id === record, values })),
    answer: await answerOf(tx, scene),
  };
}

interface Written {
  readonly act: string;
  readonly entity: string;
  readonly record: string;
  readonly values: Values;
}

/** What the trial has written, in its order: each record with the values that it got. */
async function writtenBy(tx: Connection, { workspace, operation, model }: Scene): Promise<readonly Written[]> {
  const { rows } = await tx.query(
    `select act, entity, record, after from ${workspace.schema}._history where operation = $1 order by id limit 50`,
    [operation],
  );
  return (rows as { act: string; entity: string; record: string; after: Values | null }[]).flatMap(
    ({ act, entity: key, record, after }) => {
      const entity = keptEntity(model, key);
      return entity ? [{ act, entity: entity.name, record, values: namedValues(model, entity.name, after) }] : [];
    },
  );
}

/** Values of own fields that say something, by their names. */
function namedValues(model: Model, name: string, after: Values | null): Values {
  const entity = model.entities.get(name)!;
  return Object.fromEntries(
    Object.entries(fromKept(model, entity, after) ?? {}).filter(
      ([field, value]) => value !== null && entity.fields.has(field),
    ),
  );
}

async function namesOf(
  tx: Connection,
  scene: Scene,
  { entity: name }: MailboxDocument,
  ids: readonly (string | null)[],
) {
  const entity = scene.model.entities.get(name)!;
  const seen = scene.access?.entity(name)?.rule("read");
  const known = ids.flatMap((id) => id ?? []);
  const found = await lockRecords(tx, scene, entity, { ids: known, trash: "without", seen, loose: true });
  return new Map([...found].map(([id, values]) => [id, String(values[entity.nameField?.name ?? "id"] ?? id)]));
}

/** What the sender would be told at once. */
async function answerOf(tx: Connection, { workspace, operation }: Scene) {
  const { rows } = await tx.query(
    `select address as to, subject, text from ${workspace.schema}._sending where operation = $1 order by id limit 1`,
    [operation],
  );
  return (rows[0] ?? null) as { readonly to: string; readonly subject: string; readonly text: string } | null;
}
