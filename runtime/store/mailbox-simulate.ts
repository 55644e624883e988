import { fault, problem, refuse } from "engine";
import type { MailboxDocument } from "schemas";
import { classify } from "../inbound/classify.ts";
import { linkOf } from "../mail/links.ts";
import type { Workspace } from "../workspace.ts";
import { noteReport } from "./mail-report.ts";
import { noteHit } from "./mail-hits.ts";
import { receivedMail, stopMails, type Received } from "./mail-stop.ts";
import { engineItself, operate } from "./operation.ts";
import { readArrival } from "./receive-mail.ts";
import { isId } from "./records.ts";
import { secretOf } from "./secret.ts";

/** What a receiver, or her server, may do with a mail of the mailbox. */
export type Simulated = "open" | "click" | "bounce" | "complaint" | "unsubscribe";
export const simulations: readonly Simulated[] = ["open", "click", "bounce", "complaint", "unsubscribe"];

/** A reader's program, as far as we tell them apart. */
const reader = {
  method: "GET",
  agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  network: "mailbox",
};

/**
 * Does with a mail of the mailbox what its receiver would do. It goes the way of the real: the token of a link, a report as
 * servers write it.
 */
export async function simulate(
  workspace: Workspace,
  id: string,
  { as, url }: { readonly as: Simulated; readonly url: string | undefined },
  now: Date,
): Promise<void> {
  const { pool, schema } = workspace;
  const { rows } = isId(id)
    ? await pool.query(
        `select s.id from ${schema}._mailbox b join ${schema}._sending s on s.message_id = b.message_id where b.id = $1 limit 1`,
        [id],
      )
    : { rows: [] };
  const mail = await receivedMail(workspace, rows[0]?.id as string | undefined);
  if (!mail) throw problem("mail.missing", {});
  if (as === "unsubscribe") return stopMails(workspace, mail, "link", now);
  if (as === "open")
    return void (await noteHit(workspace, { ...reader, sending: mail.id, kind: "open", link: null }, now));
  if (as === "click") {
    const link = linkOf(await secretOf(pool, "mail"), url?.split("/").at(-1) ?? "");
    if (link?.sending !== mail.id)
      return refuse([fault("mail.value", { wanted: "a link of this mail that leads over us", path: "/url" })]);
    return void (await noteHit(workspace, { ...reader, sending: mail.id, kind: "click", link: link.number }, now));
  }
  const raw = Buffer.from(as === "bounce" ? bounceOf(mail, now) : complaintOf(mail, now));
  const arrival = await readArrival(raw);
  const sort = classify(arrival.parts, () => false);
  if (sort.kind !== "report") throw new Error("A report that we have written is not read as one.");
  const told = { kind: "mail", title: "A report on a mail", now, unbounded: true };
  await operate(workspace, engineItself, told, (tx, scene) =>
    noteReport(tx, scene, sort.report, { messageId: arrival.mail.messageId, mailbox: house }),
  );
}

/** The mailbox of the house, where reports name one. */
const house = { $anchor: "house" } as MailboxDocument;

const head = ({ id, address }: Received, now: Date, subject: string, type: string, what: string) =>
  `From: Mail Delivery System <mailer-daemon@${address.split("@").at(-1)}>
To: bounces@trellis.localhost
Subject: ${subject}
Date: ${now.toUTCString()}
Message-ID: <${what}.${id}.${now.getTime()}@trellis.localhost>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=${type}; boundary="part"

--part
Content-Type: text/plain; charset=utf-8
`;

const original = ({ message_id, address }: Received) => `
--part
Content-Type: text/rfc822-headers

Message-ID: ${message_id}
To: ${address}
Subject: A mail

--part--
`;

const lines = (text: string) => text.replaceAll(/\r?\n/g, "\r\n");

/** A report that nobody is known under the address (RFC 3464). */
function bounceOf(mail: Received, now: Date): string {
  return lines(`${head(mail, now, "Undelivered Mail Returned to Sender", "delivery-status", "bounce")}
<${mail.address}>: 550 5.1.1 User unknown

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.${mail.address.split("@").at(-1)}

Final-Recipient: rfc822; ${mail.address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
${original(mail)}`);
}

/** A report that somebody calls it unwanted (RFC 5965). */
function complaintOf(mail: Received, now: Date): string {
  return lines(`${head(mail, now, "Abuse report", "feedback-report", "complaint")}
This is an abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Trellis/1
Version: 1
Original-Rcpt-To: ${mail.address}
${original(mail)}`);
}
