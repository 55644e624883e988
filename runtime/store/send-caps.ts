import { documentsIn, durationMs, roomFrom } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { DueSending } from "./send-claim.ts";
import type { Gate, Stopped } from "./send-gates.ts";
import { mailCaps, type MailRules } from "./send-rules.ts";

/** What an address has got: when mails went to it, and how many are under way of which nobody knows yet. */
interface Got {
  readonly went: readonly string[];
  readonly underWay: number;
}

/** So long waits what has no room only if those go that are under way. */
const underWayMs = 60_000;

/**
 * What an address gets over a cap waits for room or is left out. All mails count that have a purpose, of journeys as of
 * what goes to many, and those of workflows with caps on mails. One worker at a time counts, so that no two see the same
 * room.
 */
export const capped: Gate = async (tx, { workspace, claiming: { model, now }, rules }, rows) => {
  const workflows = [...new Set(documentsIn(model).flatMap((it) => (mailCaps(it).length > 0 ? [it.id] : [])))];
  const said = new Map<DueSending, Stopped>();
  if (workflows.length === 0 && ![...model.purposes.values()].some(({ caps }) => caps)) return said;
  const counting = rows.filter((row) => row.purpose !== null || capsOf(rules, row).length > 0);
  if (counting.length === 0) return said;
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${workspace.schema}:caps`]);
  const bound = counting.filter((row) => capsOf(rules, row).length > 0);
  const got = await gotBy(tx, workspace, { rules, workflows, now }, bound);
  for (const row of counting) {
    const { went, underWay } = got.get(row.address) ?? nothing;
    const stopped = overCap(row, capsOf(rules, row), { went, underWay }, now);
    if (stopped) said.set(row, stopped);
    else got.set(row.address, { went, underWay: underWay + 1 });
  }
  return said;
};

const nothing: Got = { went: [], underWay: 0 };
const capsOf = (rules: ReadonlyMap<DueSending, MailRules>, row: DueSending) => rules.get(row)?.caps ?? [];

function overCap(row: DueSending, caps: MailRules["caps"], { went, underWay }: Got, now: Date): Stopped | undefined {
  const at = now.toISOString();
  const over = caps.flatMap((cap) => {
    const from = roomFrom(cap, went, at);
    return from === at ? [] : [{ cap, from }];
  });
  if (over.some(({ cap }) => cap.over === "skip")) return { row, status: "suppressed", reason: "cap" };
  const all = [...went, ...Array.from({ length: underWay }, () => at)];
  const close = caps.some((cap) => roomFrom(cap, all, at) !== at);
  if (over.length === 0 && !close) return undefined;
  const due = over.length > 0 ? Math.max(...over.map(({ from }) => Date.parse(from))) : now.getTime() + underWayMs;
  return { row, status: "queued", reason: "cap", due: new Date(due) };
}

/** What those addresses have got, as long ago as caps count. */
async function gotBy(
  tx: Connection,
  { schema }: Workspace,
  {
    rules,
    workflows,
    now,
  }: {
    readonly rules: ReadonlyMap<DueSending, MailRules>;
    readonly workflows: readonly string[];
    readonly now: Date;
  },
  bound: readonly DueSending[],
): Promise<Map<string, Got>> {
  if (bound.length === 0) return new Map();
  const spans = bound.flatMap((row) => capsOf(rules, row).map(({ per }) => durationMs(per) ?? 0));
  const counts = `s.address = any($1::text[]) and (s.purpose is not null
    or exists (select from ${schema}._run r where r.id = s.run and r.workflow = any($3::text[])))`;
  const { rows } = await tx.query(
    `select s.address, s.ended_at as at from ${schema}._sending s
       where ${counts} and s.status in ('accepted', 'unknown') and s.ended_at > $2
     union all
     select s.address, null from ${schema}._sending s where ${counts} and s.status = 'sending' and s.ended_at is null`,
    [bound.map(({ address }) => address), new Date(now.getTime() - Math.max(...spans)), workflows],
  );
  const found = Map.groupBy(rows as { address: string; at: string | null }[], ({ address }) => address);
  return new Map(
    [...found].map(([address, them]) => {
      const went = them.flatMap(({ at }) => (at === null ? [] : [new Date(at).toISOString()]));
      return [address, { went, underWay: them.length - went.length }];
    }),
  );
}
