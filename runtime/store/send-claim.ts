import { messageGates, type Judged } from "./send-gates.ts";
import type { Model } from "engine";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { tokenOf } from "../mail/token.ts";
import { bounceAddress, stopAddress } from "../mail/verp.ts";
import type { Envelope } from "../mail/smtp.ts";
import type { Letter } from "../mail/letter.ts";
import type { Wire } from "../mail/wire.ts";
import type { Workspace } from "../workspace.ts";
import { keepMails, storable, type KeptMail } from "./mails.ts";
import { tellRuns } from "./send-outcome.ts";
import { domainOf } from "./sendings.ts";

/** A row of the ledger that is due. */
export interface DueSending {
  readonly id: string;
  readonly effect_key: string;
  readonly message_id: string;
  readonly purpose: string | null;
  readonly entity: string | null;
  readonly record: string | null;
  readonly address: string;
  readonly domain: string;
  readonly to_addresses: readonly string[];
  readonly cc_addresses: readonly string[];
  readonly from_address: string;
  readonly from_name: string | null;
  readonly reply_to: string | null;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly in_reply_to: string | null;
  readonly refs: readonly string[];
  readonly message: string | null;
  readonly broadcast: string | null;
  readonly run: string | null;
  readonly asked: Readonly<Record<string, unknown>> | null;
  readonly attempts: number;
  readonly at: string;
  readonly operation: string;
}

/** A mail that this process alone may hand over now. */
export interface Claimed {
  readonly id: string;
  /** Its attempt: who comes with another one has lost it. */
  readonly attempt: number;
  readonly domain: string;
  readonly envelope: Envelope;
  readonly letter: Letter;
  readonly run: string | null;
  /** The operation that has meant it to go. */
  readonly operation: string;
}

/** Who claims, what it goes by, and when. */
export interface Claiming {
  readonly model: Model;
  readonly wire: Wire;
  readonly worker: string;
  readonly now: Date;
  /** Where people reach the product: links in mails begin with it. */
  readonly origin: string;
  readonly key: Buffer;
  readonly most: number;
}

/** Longer than a mail takes, from the claim to the reply. */
export const leaseSeconds = 180;

/** Whether any mail is due. */
export async function anySendingDue({ pool, schema }: Workspace, now: Date): Promise<boolean> {
  const { rows } = await pool.query(
    `select exists (select from ${schema}._sending where status = 'queued' and due_at <= $1) as due`,
    [now],
  );
  return rows[0].due as boolean;
}

const columns = `id, effect_key, message_id, purpose, entity, record, address, domain, to_addresses, cc_addresses, from_address,
  from_name, reply_to, subject, text, html, headers, in_reply_to, refs, message, broadcast, run, asked, attempts, at, operation`;

/**
 * Takes what is due: each goes through the gates, what may go is written down as it will stand in the mail, and only then
 * it is this process's alone, until its lease is over. All of it is committed before anybody connects. Answers also how
 * many rows were looked at: none where nothing is due.
 */
export async function claimSendings(
  workspace: Workspace,
  claiming: Claiming,
): Promise<{ readonly claimed: readonly Claimed[]; readonly seen: number }> {
  const { pool, schema } = workspace;
  return transaction(pool, "write", async (tx) => {
    const { rows } = await tx.query(
      `select ${columns} from ${schema}._sending where status = 'queued' and due_at <= $1
       order by due_at, id limit ${claiming.most} for update skip locked`,
      [claiming.now],
    );
    if (rows.length === 0) return { claimed: [], seen: 0 };
    const judged = await messageGates(tx, workspace, claiming, rows as DueSending[]);
    await write(tx, workspace, claiming, judged);
    await keepMails(tx, { workspace, now: claiming.now }, judged.flatMap(keptBy));
    const stopped = judged.flatMap((it) => (it.status === "suppressed" ? [{ ...it.row, ...it }] : []));
    await tellRuns(tx, workspace, stopped, claiming.now);
    const claimed = judged.flatMap((it) => (it.status === "sending" ? [claimOf(claiming, it)] : []));
    return { claimed, seen: rows.length };
  });
}

/** What a message became, as it is kept among the mails; of one that goes to many the text alone. */
function keptBy(it: Judged): readonly KeptMail[] {
  if (it.status !== "sending" || it.row.message === null || it.row.attempts > 0) return [];
  const { row, frozen, headers } = it;
  const about = { entity: row.entity, record: row.record, purpose: row.purpose, sending: row.id };
  return [
    {
      direction: "out",
      messageId: row.message_id,
      from: { address: row.from_address, name: row.from_name },
      to: row.to_addresses,
      subject: frozen.subject ?? "",
      text: withoutTokens(frozen.text ?? ""),
      html: row.broadcast === null && frozen.html ? withoutTokens(frozen.html) : null,
      headers,
      auto: true,
      ...about,
    },
  ];
}

/** A mail as those read it who are not its receiver: its links speak for her no more. */
const withoutTokens = (text: string) => text.replaceAll(/(\/api\/mail\/[a-z]+\/)[A-Za-z0-9_.-]+/g, "$1…");

/** What was judged, all of it with one statement. */
async function write(
  tx: Connection,
  { schema }: Workspace,
  { worker, wire, now }: Claiming,
  judged: readonly Judged[],
): Promise<void> {
  const rows = judged.map((it) => ({
    id: it.row.id,
    status: it.status,
    reason: "reason" in it ? it.reason : null,
    due_at: it.status === "queued" ? it.due : now,
    address: it.row.address,
    domain: it.row.domain,
    to_addresses: it.row.to_addresses,
    hash: it.status === "sending" ? it.hash : null,
    headers: it.status === "sending" ? it.headers : it.row.headers,
    ...(it.status === "sending" ? bodyOf(it) : {}),
  }));
  await tx.query(
    `update ${schema}._sending s set status = r.status, reason = r.reason, due_at = r.due_at, headers = r.headers,
       subject = coalesce(r.subject, s.subject), text = coalesce(r.text, s.text), html = coalesce(r.html, s.html),
       language = coalesce(r.language, s.language),
       address = r.address, domain = r.domain, to_addresses = r.to_addresses, asked = coalesce(r.asked, s.asked), hash = coalesce(r.hash, s.hash), wire = $3,
       attempts = s.attempts + case when r.status = 'sending' then 1 else 0 end,
       phase = case when r.status = 'sending' then 'claimed' end, worker = case when r.status = 'sending' then $2 end,
       lease_until = case when r.status = 'sending' then clock_timestamp() + interval '${leaseSeconds} seconds' end,
       ended_at = case when r.status = 'suppressed' then $4::timestamptz end
     from jsonb_to_recordset($1::jsonb) as r(id uuid, status text, reason text, due_at timestamptz, subject text, text text,
       html text, language text, headers jsonb, asked jsonb, hash text, address text, domain text, to_addresses text[])
     where s.id = r.id`,
    [storable(rows), worker, wire.name, now],
  );
}

/** What is written beside the row: of what goes to many no bodies, they are made again from the values. */
const bodyOf = ({ row, frozen }: Extract<Judged, { status: "sending" }>) =>
  row.broadcast === null ? frozen : { subject: frozen.subject, language: frozen.language, asked: frozen.asked };

function claimOf({ wire, key, now }: Claiming, it: Extract<Judged, { status: "sending" }>): Claimed {
  const { row, frozen, headers } = it;
  return {
    id: row.id,
    attempt: row.attempts + 1,
    domain: row.domain,
    run: row.run,
    operation: row.operation,
    envelope: { from: bounceAddress(key, row.id, wire.bounces), to: [...row.to_addresses, ...row.cc_addresses] },
    letter: {
      messageId: row.message_id,
      from: { address: row.from_address, name: row.from_name },
      to: row.to_addresses,
      cc: row.cc_addresses,
      replyTo: row.reply_to,
      inReplyTo: row.in_reply_to,
      refs: row.refs,
      subject: frozen.subject ?? row.subject ?? "",
      text: frozen.text ?? row.text ?? "",
      html: frozen.html ?? row.html,
      headers,
      date: now,
    },
  };
}

/**
 * What lists of mails owe their receivers: which list it is (RFC 2919), and how somebody leaves it, by one click (RFC 8058)
 * or by a mail; and by what receivers' complaints are counted.
 */
export function listHeaders(
  { key, origin, wire, model }: Pick<Claiming, "key" | "origin" | "wire" | "model">,
  { id, purpose, from_address, broadcast, message }: DueSending,
): Readonly<Record<string, string>> {
  const page = `${origin}/api/mail/stop/${tokenOf(key, "stop", id)}`;
  const { $id = "mail" } =
    [...model.purposes.values()].find((it) => it.$anchor === purpose || it.$id === purpose) ?? {};
  const list = $id.replaceAll("_", "-");
  return {
    "list-id": `<${list}.${domainOf(from_address)}>`,
    "feedback-id": `${broadcast ?? ""}:${message ?? ""}:${list}:trellis`,
    "list-unsubscribe": `<${page}>, <mailto:${stopAddress(key, id, wire.bounces)}?subject=unsubscribe>`,
    "list-unsubscribe-post": "List-Unsubscribe=One-Click",
  };
}
