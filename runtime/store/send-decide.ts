import { problem, type Principal } from "engine";
import type { Workspace } from "../workspace.ts";
import { isId } from "./records.ts";
import { operate } from "./operation.ts";
import { endedColumns, tellOutcomes, type Ended } from "./send-outcome.ts";
import type { SendingStatus } from "./sendings.ts";

/** What a person says of a mail of which nobody knows, or that lacks something: it went, it shall go (again), it never goes. */
export type Decision = "went" | "send" | "leave";
export const decisions: readonly Decision[] = ["went", "send", "leave"];

/** What is listed for a person. */
export const listedStatuses: readonly SendingStatus[] = [
  "unknown",
  "held",
  "rejected",
  "queued",
  "accepted",
  "suppressed",
];

const pageRows = 50;

/** A page of the ledger, the newest first. */
export async function listSendings(
  { pool, schema }: Workspace,
  { status, before }: { readonly status: SendingStatus; readonly before: string | undefined },
) {
  const { rows } = await pool.query(
    `select s.id, s.status, s.reason, s.code, s.reply, s.purpose, s.address, coalesce(s.subject, '') as subject, s.entity, s.record,
       s.attempts, s.message_id, s.at, s.due_at, s.tried_at, s.ended_at
     from ${schema}._sending s where s.status = $1 and ($2::uuid is null or s.id < $2) order by s.id desc limit ${pageRows + 1}`,
    [status, before ?? null],
  );
  const items = rows.slice(0, pageRows);
  return { items, next: rows.length > pageRows ? (items.at(-1).id as string) : null };
}

/** How many mails wait for a person. */
export async function countDoubts({ pool, schema }: Workspace): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query(
    `select status, count(*)::int as n from ${schema}._sending where status in ('unknown', 'held', 'rejected') group by status`,
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}

/**
 * Decides for a mail that goes on by nobody else's word. One that is sent again has the same id of its message: whoever
 * got the first can tell.
 */
export async function decide(
  workspace: Workspace,
  id: string,
  decision: Decision,
  { by, now }: { readonly by: Principal; readonly now: Date },
): Promise<void> {
  const { schema } = workspace;
  const becomes: SendingStatus = decision === "went" ? "accepted" : decision === "send" ? "queued" : "cancelled";
  const told = { kind: "mail", title: "Decide on a mail", now, unbounded: true };
  await operate(workspace, by, told, async (tx, scene) => {
    const { rows } = isId(id)
      ? await tx.query(`select status from ${schema}._sending where id = $1 for update`, [id])
      : { rows: [] };
    const status = rows[0]?.status as SendingStatus | undefined;
    if (status === undefined) throw problem("sending.missing", {});
    const open = status === "unknown" || (decision !== "went" && (status === "held" || status === "rejected"));
    if (!open) throw problem("sending.ended", {});
    const { rows: written } = await tx.query(
      `update ${schema}._sending s set status = $2, reason = case when $2 = 'queued' then null else 'decided' end,
         due_at = $4, phase = null, worker = null, lease_until = null,
         ended_at = case when $2 = 'queued' then null else $4::timestamptz end,
         decided_by = case when $2 = 'queued' then null else $3::uuid end,
         decided_at = case when $2 = 'queued' then null else $4::timestamptz end
       where s.id = $1 returning ${endedColumns}`,
      [id, becomes, by.actor?.id ?? by.id, now],
    );
    await tellOutcomes(tx, scene, written as Ended[]);
  });
}
