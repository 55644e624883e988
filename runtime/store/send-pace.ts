import type { Connection, Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { Claiming, DueSending } from "./send-claim.ts";

const minuteMs = 60_000;

interface Pace {
  readonly domain: string;
  readonly until: string | null;
  readonly sent: number;
}

/**
 * The last gate: a domain that has said "not now" is not asked before it said, and none gets more in a minute than its
 * wire allows. Those that are too many wait until there is room.
 */
export async function paced(
  tx: Connection,
  { workspace, claiming }: { readonly workspace: Workspace; readonly claiming: Claiming },
  rows: readonly DueSending[],
) {
  const { wire, now } = claiming;
  const domains = [...Map.groupBy(rows, ({ domain }) => domain)];
  const minute = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs);
  const { perMinute } = wire;
  const names = domains.map(([domain]) => domain);
  const known =
    perMinute === undefined
      ? await tx.query(
          `select domain, until, 0 as sent from ${workspace.schema}._mail_pace where wire = $1 and domain = any($2::text[]) and until > $3`,
          [wire.name, names, now],
        )
      : await tx.query(
          `insert into ${workspace.schema}._mail_pace as p (wire, domain, minute, sent)
           select $1, d.domain, $3, d.sent from unnest($2::text[], $4::integer[]) as d(domain, sent) order by 1, 2
           on conflict (wire, domain) do update set minute = excluded.minute,
             sent = excluded.sent + case when p.minute = excluded.minute then p.sent else 0 end
           returning domain, until, sent`,
          [wire.name, names, minute, domains.map(([, them]) => them.length)],
        );
  const paces = new Map((known.rows as Pace[]).map((it) => [it.domain, it]));
  const next = new Date(minute.getTime() + minuteMs);
  const waiting = domains.flatMap(([domain, them]) => {
    const pace = paces.get(domain);
    const until = pace?.until ? new Date(pace.until) : undefined;
    if (until && until > now) return them.map((row) => [row, waits(row, until)] as const);
    if (perMinute === undefined || !pace) return [];
    const room = Math.max(0, perMinute - (pace.sent - them.length));
    return them.slice(room).map((row) => [row, waits(row, next)] as const);
  });
  return new Map(waiting);
}

const waits = (row: DueSending, due: Date) => ({ row, status: "queued" as const, reason: "pace", due });

const failuresMost = 3;
const pauseSeconds = 60;
const pauseMostSeconds = 3600;

/**
 * Notes how domains fare that were written to: one that says "not now" several times is not asked for a while, longer
 * each time; one that takes a mail is whole.
 */
export async function notePace(
  db: Queryable,
  { schema }: Pick<Workspace, "schema">,
  {
    wire,
    fine,
    later,
    now,
  }: {
    readonly wire: string;
    readonly fine: readonly string[];
    readonly later: readonly string[];
    readonly now: Date;
  },
): Promise<void> {
  if (later.length > 0)
    await db.query(
      `insert into ${schema}._mail_pace as p (wire, domain, failures)
       select $1, domain, count(*)::integer from unnest($2::text[]) as d(domain) group by domain order by domain
       on conflict (wire, domain) do update set failures = p.failures + excluded.failures,
         until = case when p.failures + excluded.failures >= ${failuresMost}
           then $3::timestamptz + least(${pauseMostSeconds}, ${pauseSeconds} * 2 ^ (least(20, p.failures + excluded.failures) - ${failuresMost})) * interval '1 second'
           end`,
      [wire, later, now],
    );
  if (fine.length > 0)
    await db.query(
      `update ${schema}._mail_pace set failures = 0, until = null where wire = $1 and failures > 0 and domain = any($2::text[])
         and not domain = any($3::text[])`,
      [wire, [...new Set(fine)], later],
    );
}
