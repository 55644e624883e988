import type { Connection } from "../database/pool.ts";
import type { Handed } from "../mail/smtp.ts";
import type { Workspace } from "../workspace.ts";
import { recordFacts, type ToldFact } from "./facts.ts";
import { storable } from "./mails.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { inboxPart } from "./outbox.ts";
import type { Claimed } from "./send-claim.ts";
import { leaseSeconds } from "./send-claim.ts";
import { notePace } from "./send-pace.ts";
import { noteCold } from "./send-warm.ts";
import type { SendingStatus } from "./sendings.ts";
import { tallyMails } from "./mail-tally.ts";

/** How often a server is asked that says "not now". */
const triesMost = 8;
const baseSeconds = 60;
const longestSeconds = 4 * 3600;

/** A mail that was handed over, or was to be, and what came of it. */
export interface Outcome {
  readonly claimed: Claimed;
  readonly handed: Handed;
}

/**
 * Notes that all of these mails but the final dot is with the server: from here on nobody knows by himself what became of
 * them. Answers which of them are still this worker's; of the others the dot must not be sent.
 */
export async function markBodies(
  { pool, schema }: Workspace,
  worker: string,
  claimed: readonly Pick<Claimed, "id" | "attempt">[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query(
    `update ${schema}._sending s set phase = 'body', lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
     from unnest($2::uuid[], $3::integer[]) as c(id, attempt)
     where s.id = c.id and s.attempts = c.attempt and s.worker = $1 and s.status = 'sending' returning s.id`,
    [worker, claimed.map(({ id }) => id), claimed.map(({ attempt }) => attempt)],
  );
  return new Set(rows.map(({ id }) => id as string));
}

/** Gives back what was not handed over after all: nobody was asked for it. */
export async function releaseSendings(
  { pool, schema }: Workspace,
  worker: string,
  ids: readonly string[],
  { due, reason }: { readonly due: Date; readonly reason: string | null },
): Promise<void> {
  if (ids.length === 0) return;
  await pool.query(
    `update ${schema}._sending set status = 'queued', attempts = attempts - 1, phase = null, worker = null, lease_until = null,
       due_at = greatest(due_at, $3), reason = $4
     where id = any($2::uuid[]) and worker = $1 and status = 'sending' and phase = 'claimed'`,
    [worker, ids, due, reason],
  );
}

/**
 * Writes down what came of mails, and tells the runs that have asked for them. A worker whose lease is over still tells
 * what it knows, as long as nobody has decided otherwise.
 */
export async function keepOutcomes(
  workspace: Workspace,
  {
    worker,
    wire,
    now,
    random,
  }: {
    readonly worker: string;
    readonly wire: string;
    readonly now: Date;
    readonly random: () => number;
  },
  outcomes: readonly Outcome[],
): Promise<void> {
  const rows = outcomes.map((it) => rowOf(it, now, random()));
  const domains = (of: Handed["came"]) =>
    outcomes.flatMap(({ handed, claimed }) => (handed.came === of ? [claimed.domain] : []));
  const senders = outcomes.flatMap(({ handed, claimed }) =>
    handed.came === "later" ? [claimed.letter.from.address] : [],
  );
  const told = { kind: "mail", title: "Mails sent", now, unbounded: true, operation: operationOf(outcomes) };
  await operate(workspace, engineItself, told, async (tx, scene) => {
    const { rows: written } = await tx.query(
      `update ${workspace.schema}._sending s set status = r.status, reason = r.reason, code = r.code, reply = r.reply,
         due_at = coalesce(r.due_at, s.due_at), tried_at = $3, lease_until = null,
         ended_at = case when r.status = 'queued' then null else $3::timestamptz end
       from jsonb_to_recordset($1::jsonb) as r(id uuid, attempt integer, status text, reason text, code integer, reply text, due_at timestamptz)
       where s.id = r.id and s.attempts = r.attempt and s.worker = $2 and s.status in ('sending', 'unknown') and s.decided_at is null
       returning ${endedColumns}`,
      [storable(rows), worker, now],
    );
    await notePace(tx, workspace, { wire, fine: domains("accepted"), later: domains("later"), now });
    await noteCold(tx, workspace, wire, senders);
    await tellOutcomes(tx, scene, written as Ended[]);
  });
}

/** What was sent is part of the operation that has meant it to go. */
const operationOf = ([first]: readonly Outcome[]): string => first!.claimed.operation;

/** The columns of what has ended. */
export const endedColumns =
  "s.id, s.effect_key, s.run, s.status, s.reason, s.code, s.asked, s.message_id, s.entity, s.record, s.purpose, s.message, s.broadcast, s.headers ->> 'auto-submitted' is not null as auto";

/** Tells who waits for it what came of mails: the runs that have asked for them, and as facts the records that they are about. */
export async function tellOutcomes(tx: Connection, scene: Scene, ended: readonly Ended[]): Promise<void> {
  await tellRuns(tx, scene.workspace, ended, scene.now);
  const sent = ended.filter(
    ({ status, record, entity }) => status === "accepted" && record !== null && entity !== null,
  );
  await recordFacts(
    tx,
    scene,
    sent.map((it) => mailFact("mail.sent", it, { at: scene.now, id: "sent", data: { auto: it.auto === true } })),
  );
}

/** Something that happened to a mail, as a fact of the record that it is about. `id` tells it apart from others of the same mail. */
export function mailFact(
  type: string,
  { id, entity, record, purpose, message, broadcast }: Ended,
  told: { readonly at: Date; readonly id: string; readonly data?: Readonly<Record<string, unknown>> },
): ToldFact {
  return {
    type,
    subject: entity === null || record === null ? null : { entity, record },
    at: told.at,
    source: "mail",
    sourceId: `${id}:${told.id}`,
    data: { sending: id, purpose, message, broadcast, ...told.data },
  };
}

function rowOf({ claimed: { id, attempt }, handed }: Outcome, now: Date, random: number) {
  const one = { id, attempt, reason: null, code: null, reply: null, due_at: null };
  const status = (it: SendingStatus) => it;
  switch (handed.came) {
    case "accepted":
      return { ...one, status: status("accepted"), code: handed.code, reply: handed.reply };
    case "refused":
      return { ...one, status: status("rejected"), reason: "refused", code: handed.code, reply: handed.reply };
    case "unknown":
      return { ...one, status: status("unknown"), reason: handed.why };
    case "withdrawn":
      return { ...one, status: status("unknown"), reason: "lease" };
    default: {
      const { code, reply } = handed.came === "later" ? handed : { code: null, reply: null };
      const reason = handed.came === "later" ? "later" : handed.why;
      if (handed.came === "later" && attempt >= triesMost)
        return { ...one, status: status("rejected"), reason: "tries", code, reply };
      const seconds = Math.min(longestSeconds, baseSeconds * 3 ** (attempt - 1));
      const due_at = new Date(now.getTime() + seconds * (0.5 + random / 2) * 1000);
      return { ...one, status: status("queued"), reason, code, reply, due_at };
    }
  }
}

/** A mail of which it is known how it ended. */
export interface Ended {
  readonly id: string;
  readonly effect_key: string;
  readonly run: string | null;
  readonly status: SendingStatus;
  readonly reason: string | null;
  readonly code?: number | null;
  readonly asked: Readonly<Record<string, unknown>> | null;
  readonly message_id: string;
  readonly entity: string | null;
  readonly record: string | null;
  readonly purpose: string | null;
  readonly message: string | null;
  readonly broadcast: string | null;
  /** Nobody has written it: an answer at once, a message of a journey. */
  readonly auto?: boolean;
}

const counted = (status: SendingStatus): status is "accepted" | "suppressed" | "rejected" =>
  status === "accepted" || status === "suppressed" || status === "rejected";

/** What a run has asked for, as its step has written it down beside the mail. */
interface AskedByRun {
  readonly name: string | null;
  readonly keep?: Readonly<Record<string, string>>;
}

/** Tells runs of the mails that they have asked for, once each: it went, or why it never will. */
export async function tellRuns(
  tx: Connection,
  workspace: Workspace,
  ended: readonly Ended[],
  now: Date,
): Promise<void> {
  const { schema } = workspace;
  const told = ended.filter(({ run, status }) => run !== null && (status === "accepted" || isOver(status)));
  await tallyMails(
    tx,
    workspace,
    told.flatMap(({ run, message, status }) => (counted(status) ? [{ run, message, what: status }] : [])),
    now,
  );
  const parts = told.map((it) => {
    const { name, keep } = it.asked as unknown as AskedByRun;
    const key = it.effect_key;
    const asked = { do: "message.send", name, repeats: "unsafe", params: {}, ...(keep ? { keep } : {}) } as const;
    const errand = { id: it.id, key, kind: "message.send", run: it.run, round: 0, asked };
    const answer = typeof it.code === "number" ? { answer: it.code } : {};
    const output = { id: it.id, message_id: it.message_id };
    if (it.status === "accepted") return inboxPart(schema, errand, { status: "delivered", output, ...answer }, now);
    return inboxPart(schema, errand, { status: "failed", error: it.reason ?? it.status, ...answer }, now);
  });
  if (parts.length === 0) return;
  await tx.query(
    `insert into ${schema}._inbox (id, run, event, at, due_at)
     select i.id, i.run, i.event, $4, $4 from unnest($1::text[], $2::uuid[], $3::jsonb[]) as i(id, run, event) on conflict (id) do nothing`,
    [
      parts.map(({ parameters }) => parameters[0]),
      parts.map(({ parameters }) => parameters[1]),
      parts.map(({ parameters }) => parameters[2]),
      now,
    ],
  );
}

const isOver = (status: SendingStatus) => status === "suppressed" || status === "rejected" || status === "cancelled";

/**
 * Takes back what a worker has left behind whose lease is over. What had not come to the final dot goes again; of the rest
 * nobody knows, and a person decides.
 */
export async function reapSendings({ pool, schema }: Workspace, now: Date): Promise<void> {
  await pool.query(
    `update ${schema}._sending set status = case when phase = 'body' then 'unknown' else 'queued' end,
       reason = case when phase = 'body' then 'died' end, worker = null, lease_until = null, tried_at = $1,
       due_at = case when phase = 'body' then due_at else $1 end, ended_at = case when phase = 'body' then $1::timestamptz end
     where status = 'sending' and lease_until < clock_timestamp()`,
    [now],
  );
}
