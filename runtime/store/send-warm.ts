import type { Connection, Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { Claiming, DueSending } from "./send-claim.ts";
import { domainOf } from "./sendings.ts";

/** Where more than this share of a day's mails heard "not now", the next day's limit does not grow. */
const brake = 0.05;
const dayMs = 86_400_000;
const most = 1_000_000_000;

interface Warmth {
  readonly domain: string;
  readonly day: string;
  readonly step: number;
  readonly sent: number;
  readonly later: number;
}

/**
 * The very last gate: a domain that has not sent much yet sends so many mails on its first day, and on each day on which
 * it has sent, a share more. Those that are too many wait for the next day (UTC).
 */
export async function warmed(
  tx: Connection,
  { workspace, claiming }: { readonly workspace: Workspace; readonly claiming: Claiming },
  rows: readonly DueSending[],
) {
  const { warmUp, name } = claiming.wire;
  if (warmUp === undefined) return new Map();
  const { schema } = workspace;
  const today = claiming.now.toISOString().slice(0, 10);
  const senders = [...Map.groupBy(rows, ({ from_address }) => domainOf(from_address))];
  const domains = senders.map(([domain]) => domain);
  await tx.query(
    `insert into ${schema}._mail_warm (wire, domain, day) select $1, d.domain, $3::date from unnest($2::text[]) as d(domain) order by 2
     on conflict (wire, domain) do nothing`,
    [name, domains, today],
  );
  const { rows: found } = await tx.query(
    `select domain, day::text as day, step, sent, later from ${schema}._mail_warm where wire = $1 and domain = any($2::text[])
     order by domain for update`,
    [name, domains],
  );
  const known = new Map((found as Warmth[]).map((it) => [it.domain, it]));
  const judged = senders.map(([domain, them]) => {
    const now = onDay(known.get(domain)!, today);
    const room = Math.max(
      0,
      Math.min(most, Math.floor(warmUp.first * (1 + warmUp.growth / 100) ** now.step)) - now.sent,
    );
    return { ...now, sent: now.sent + Math.min(room, them.length), waiting: them.slice(room) };
  });
  await tx.query(
    `update ${schema}._mail_warm w set day = $3::date, step = r.step, sent = r.sent, later = r.later
     from jsonb_to_recordset($2::jsonb) as r(domain text, step integer, sent integer, later integer)
     where w.wire = $1 and w.domain = r.domain`,
    [name, JSON.stringify(judged.map(({ domain, step, sent, later }) => ({ domain, step, sent, later }))), today],
  );
  const due = new Date(Math.floor(claiming.now.getTime() / dayMs) * dayMs + dayMs);
  const waits = (row: DueSending) => ({ row, status: "queued" as const, reason: "warm-up", due });
  return new Map(judged.flatMap(({ waiting }) => waiting.map((row) => [row, waits(row)] as const)));
}

/** A domain as it begins a day, or goes on within one. Days on which nothing went teach nobody anything. */
function onDay(it: Warmth, today: string): Warmth {
  if (it.day === today) return it;
  const grows = it.sent > 0 && it.later <= it.sent * brake;
  return { ...it, day: today, step: it.step + (grows ? 1 : 0), sent: 0, later: 0 };
}

/** Notes that receivers have said "not now" to mails of these senders. */
export async function noteCold(
  db: Queryable,
  { schema }: Pick<Workspace, "schema">,
  wire: string,
  senders: readonly string[],
): Promise<void> {
  if (senders.length === 0) return;
  await db.query(
    `update ${schema}._mail_warm w set later = w.later + d.n
     from (select domain, count(*)::integer as n from unnest($2::text[]) as s(domain) group by domain) as d
     where w.wire = $1 and w.domain = d.domain`,
    [wire, senders.map(domainOf)],
  );
}
