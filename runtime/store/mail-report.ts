import type { MailboxDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { unwanted, type MailReport, type ReportedRecipient } from "../inbound/report.ts";
import { consequences } from "../inbound/verdict.ts";
import { recordFacts } from "./facts.ts";
import type { Scene } from "./operation.ts";
import { tallyMails } from "./mail-tally.ts";
import { suppress } from "./suppressions.ts";

/** The mail of ours that a report is about. */
interface About {
  readonly id: string;
  readonly entity: string | null;
  readonly record: string | null;
  /** The run and the message that it was sent by. */
  readonly run: string | null;
  readonly message: string | null;
}

/** Where a report has come in, and the sending to whose address it came back. */
interface ReportAt {
  readonly messageId: string;
  readonly mailbox: MailboxDocument;
  readonly sending?: string | undefined;
}

/**
 * What follows from a report: it hangs on the mail that it is about and on that one's record, each recipient is told as
 * a fact, and addresses to which nothing may go any more are suppressed, at once or after as many reports as the policy
 * says. Answers where it belongs.
 */
export async function noteReport(
  tx: Connection,
  scene: Scene,
  report: MailReport,
  { messageId, mailbox, sending }: ReportAt,
): Promise<{ readonly entity: string | undefined; readonly record: string | undefined }> {
  const about = await aboutOf(tx, scene, { messageId: report.original.messageId, sending });
  const subject = about?.entity && about.record ? { entity: about.entity, record: about.record } : null;
  const source = `mailbox ${mailbox.$anchor}`;
  const told = { subject, at: scene.now, source };
  if (report.kind === "complaint") {
    const addresses = report.recipients.filter((it) => it !== "");
    await recordFacts(
      tx,
      scene,
      addresses.map((address) => ({
        ...told,
        type: "mail.complained",
        sourceId: `${messageId} ${address}`,
        data: { address, feedback: report.feedback, original: about?.id ?? null },
      })),
    );
    // A complaint is believed where it is about a mail that we have sent: anybody can write one.
    if (about && unwanted.has(report.feedback)) await silence(tx, scene, addresses, "complaint");
  } else {
    const { recipients } = report;
    await recordFacts(
      tx,
      scene,
      recipients.map(({ address, verdict, status, diagnostic }) => ({
        ...told,
        type: "mail.bounced",
        sourceId: `${messageId} ${address}`,
        data: { address, verdict, status, diagnostic: diagnostic.slice(0, 1000), original: about?.id ?? null },
      })),
    );
    if (about) await silence(tx, scene, await spent(tx, scene, recipients), "bounce");
    const back = recipients.some(({ verdict }) => verdict !== "delivered" && verdict !== "delayed");
    if (about && back) await tallyMails(tx, scene.workspace, [{ ...about, what: "bounced" }], scene.now);
  }
  return { entity: subject?.entity, record: subject?.record };
}

/** By the address that it came back to, which nobody else can have written (VERP); else by the id that it repeats. */
async function aboutOf(
  tx: Connection,
  { workspace }: Scene,
  { messageId, sending }: { readonly messageId: string; readonly sending: string | undefined },
): Promise<About | undefined> {
  if (messageId === "" && sending === undefined) return undefined;
  const [by, value] = sending === undefined ? ["message_id", messageId] : ["sending", sending];
  const { rows } = await tx.query(
    `select m.id, m.entity, m.record, s.run, s.message
     from (select * from ${workspace.schema}._mail where ${by} = $1 and direction = 'out' order by at limit 1) m
       left join ${workspace.schema}._sending s on s.id = m.sending`,
    [value],
  );
  return rows[0] as About | undefined;
}

/** The addresses that have used up what the policy allows them. The report itself is among what is counted. */
async function spent(
  tx: Connection,
  scene: Scene,
  recipients: readonly ReportedRecipient[],
): Promise<readonly string[]> {
  const now = recipients
    .filter(({ verdict }) => consequences[verdict].suppress === "now")
    .map(({ address }) => address);
  const counted = recipients.flatMap(({ address, verdict }) => {
    const { suppress: how } = consequences[verdict];
    return typeof how === "object" ? [{ address, verdict, times: how.times, since: daysAgo(scene, how.days) }] : [];
  });
  if (counted.length === 0) return now;
  const { rows } = await tx.query(
    `select c.address from unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[]) as c (address, verdict, times, since)
     where (select count(*) from ${scene.workspace.schema}._fact f where f.type = 'mail.bounced' and f.at >= c.since
       and f.data ->> 'address' = c.address and f.data ->> 'verdict' = c.verdict) >= c.times`,
    [
      counted.map(({ address }) => address),
      counted.map(({ verdict }) => verdict),
      counted.map(({ times }) => times),
      counted.map(({ since }) => since),
    ],
  );
  return [...now, ...(rows as { address: string }[]).map(({ address }) => address)];
}

const daysAgo = ({ now }: Scene, days: number) => new Date(now.getTime() - days * 86_400_000);

async function silence(tx: Connection, { workspace, now }: Scene, addresses: readonly string[], reason: string) {
  if (addresses.length === 0) return;
  await suppress(tx, workspace, { channel: "email", addresses, reason, now });
}
