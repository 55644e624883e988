import { choicesOf, type Entity, type Values } from "engine";
import type { MailboxDocument, SnippetDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { fill } from "../inbound/fill.ts";
import { codeIn } from "../inbound/thread.ts";
import { newCode, replyAddress } from "../inbound/token.ts";
import type { Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import type { ReadArrival } from "./receive-mail.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { intendMail } from "./sendings.ts";

/** So many answers by itself one address gets within an hour, whatever it writes. */
const atOnceMost = 3;

/** Tells the sender of a new record that her mail has come, where the mailbox has words for it and she has not had many. */
export async function answerAtOnce(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { arrival, record, secret }: { readonly arrival: ReadArrival; readonly record: string; readonly secret: Buffer },
): Promise<void> {
  const { auto_reply: words } = mailbox;
  const { mail } = arrival;
  const to = mail.replyTo[0]?.address ?? mail.from.address;
  if (!words || to === "" || (await hadMany(tx, scene, to))) return;
  const entity = entityOf(scene, mailbox.entity);
  const rows = await lockRecords(tx, scene, entity, { ids: [record], trash: "without", loose: true });
  const values = {
    ...wordsOf(scene, entity, rows.get(record) ?? {}),
    subject: mail.subject,
    sender: mail.from.name || mail.from.address,
  };
  const [subject, text] = [await fill(words.subject, values), await fill(words.text, values)];
  const thread = { inReplyTo: mail.messageId, refs: [...mail.references.slice(-10), mail.messageId] };
  await intendMail(tx, scene, {
    effectKey: `at-once ${mailbox.$anchor} ${mail.messageId}`,
    ...(await outgoing(tx, scene, mailbox, { record, secret, subject })),
    ...{ to, text, html: null, purpose: null, auto: true, entity: entity.name, record, ...thread },
  });
}

async function hadMany(tx: Connection, { workspace, now }: Scene, address: string): Promise<boolean> {
  const since = new Date(now.getTime() - 3_600_000);
  const { rows } = await tx.query(
    `select count(*)::int as n from ${workspace.schema}._sending
     where address = $1 and at >= $2 and headers ->> 'auto-submitted' is not null`,
    [address, since],
  );
  return rows[0].n >= atOnceMost;
}

/** What every mail from a record has: the mailbox's sender, the signed address for answers, the code in the subject. */
export async function outgoing(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { record, secret, subject }: { readonly record: string; readonly secret: Buffer; readonly subject: string },
) {
  const code = await codeOf(tx, scene, mailbox, { record, secret });
  const bare = subject
    .replaceAll(codeIn, "")
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return {
    from: { address: mailbox.address, name: mailbox.sender ?? mailbox.title },
    replyTo: replyAddress({ secret, mailbox: mailbox.$anchor }, mailbox.address, record, scene.now),
    subject: `${bare.slice(0, 400)} [#${code}]`,
  };
}

/** The code of a record's subjects, made when it is first asked for. */
async function codeOf(
  tx: Connection,
  scene: Scene,
  mailbox: MailboxDocument,
  { record, secret }: { readonly record: string; readonly secret: Buffer },
): Promise<string> {
  const { schema } = scene.workspace;
  await tx.query(
    `insert into ${schema}._conversation (record, entity, code) values ($1, $2, $3) on conflict (record) do nothing`,
    [record, entityOf(scene, mailbox.entity).anchor, newCode(secret)],
  );
  const { rows } = await tx.query(`select code from ${schema}._conversation where record = $1`, [record]);
  return rows[0].code as string;
}

/** The fields of a record as a text says them: choices by their titles, what is empty as nothing. */
export function wordsOf(
  { model }: Pick<Scene, "model">,
  entity: Entity,
  record: Values,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...entity.fields.values()].map(({ name, property }) => {
      const value = record[name];
      const choice = choicesOf(model, property).find((it) => it.value === value);
      return [name, choice?.title ?? value ?? ""];
    }),
  );
}

/** The mailbox by which a record of an entity is answered: the one of this anchor, else the first. */
export function mailboxOf(
  { model }: Pick<ReadScene, "model">,
  entity: string,
  anchor?: string | null,
): MailboxDocument | undefined {
  const them = [...model.mailboxes.values()].filter((it) => it.entity === entity);
  return them.find(({ $anchor }) => $anchor === anchor) ?? them[0];
}

/** The texts that somebody may answer records of an entity with: those for everybody, and those for a role of hers. */
export function snippetsOf(
  { model, principal }: Pick<ReadScene, "model" | "principal">,
  entity: string,
): readonly SnippetDocument[] {
  const held = principal.roles;
  const may = ({ roles }: SnippetDocument) =>
    roles === undefined || held.includes("admin") || roles.some((it) => held.includes(it));
  return [...model.snippets.values()].filter((it) => it.entity === entity && may(it));
}
