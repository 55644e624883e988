import type { OutgoingEffect, Repeats } from "engine";
import { transaction } from "../database/begin.ts";
import type { Workspace } from "../workspace.ts";
import { incidentPart } from "./incidents.ts";
import type { Lane } from "./lane.ts";

/** To whom and how soon something waits to go. */
export interface Line {
  readonly wire: string;
  readonly lane: Lane;
  /** How often it has failed one time after the other, and how often nobody has asked it for a while because of that. */
  readonly failures: number;
  readonly opened: number;
  /** It was broken off and its time is over: one of them finds out whether it works again. */
  readonly probe: boolean;
}

/** Something on its way to somebody outside. `entity` is an anchor. */
export interface Errand {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly repeats: Repeats;
  readonly tries: number;
  readonly attempts: number;
  /** Nobody knows whether an earlier try has come through. */
  readonly uncertain: boolean;
  readonly run: string | null;
  /** Quiet hours, a window or caps have had it wait until now. */
  readonly late: boolean;
  readonly round: number;
  readonly entity: string;
  readonly record: string;
  readonly type: string;
  readonly version: number;
  readonly operation: string;
  readonly fields: readonly string[];
  readonly asked: OutgoingEffect;
  readonly at: string;
}

/** What comes of a try, as its row has it. */
export interface Result {
  readonly status: "waiting" | "delivered" | "failed" | "skipped";
  readonly due: Date;
  readonly uncertain: boolean;
  readonly told?: "record" | "gone";
  readonly answer?: number;
  readonly error?: string;
  readonly output?: unknown;
}

const claimRows = 8;
/** Longer than a try takes. */
const leaseSeconds = 60;

/** What may be tried: its time has come, nobody is at it, and what must be done before is. */
const ready = (schema: string) => `d.status = 'waiting' and d.due_at <= $1
  and (d.lease_until is null or d.lease_until < clock_timestamp())
  and (d.after is null or not exists (select from ${schema}._effect p where p.id = d.after and p.status in ('waiting', 'failed')))`;

/** The lines in which something is ready, without those that are stopped or broken off. */
export async function linesDue({ pool, schema }: Workspace, now: Date): Promise<readonly Line[]> {
  const next = (after: string) => `select d.wire, d.lane from ${schema}._effect d
    where d.status = 'waiting'${after} order by d.wire, d.lane limit 1`;
  const { rows } = await pool.query(
    `with recursive w as ((${next("")}) union all
       select n.wire, n.lane from w cross join lateral (${next(" and (d.wire, d.lane) > (w.wire, w.lane)")}) as n)
     select w.wire, w.lane, coalesce(o.failures, 0) as failures, coalesce(o.opened, 0) as opened, o.until is not null as probe
     from w left join ${schema}._connection c on c.anchor = w.wire left join ${schema}._circuit o on o.wire = w.wire
     where coalesce(c.active, true) and (o.until is null or o.until <= $1)
       and exists (select from ${schema}._effect d where d.wire = w.wire and d.lane = w.lane and ${ready(schema)})`,
    [now],
  );
  return rows as Line[];
}

/**
 * Takes some of a line for this process alone, until a lease runs out. What happened to one record is told in its order:
 * an event waits until those before it have ended. A row whose lease has run out was left behind by somebody who may
 * have carried it out.
 */
export async function claim(workspace: Workspace, line: Line, now: Date): Promise<readonly Errand[]> {
  const { pool, schema } = workspace;
  if (line.probe && !(await takeProbe(workspace, line.wire, now))) return [];
  const { rows } = await pool.query(
    `update ${schema}._effect as t set attempts = t.attempts + 1, uncertain = t.uncertain or o.lease_until is not null,
       lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
     from (
       select d.id, d.lease_until from ${schema}._effect d
       where d.wire = $2 and d.lane = $3 and ${ready(schema)} and (d.kind <> 'event' or not exists (
         select from ${schema}._effect e where e.wire = d.wire and e.record = d.record and e.status = 'waiting' and e.kind = 'event'
           and (e.version, e.event) < (d.version, d.event)))
       order by d.due_at, d.id limit ${line.probe ? 1 : claimRows} for update of d skip locked) as o
     where t.id = o.id
     returning t.id, t.key, t.kind, t.repeats, t.tries, t.attempts, t.uncertain, t.run, t.round, t.entity, t.record,
       t.type, t.version, t.operation, t.fields, t.asked, t.at, t.attempts = 1 and t.round = 0 and t.due_at > t.at as late`,
    [now, line.wire, line.lane],
  );
  return rows as Errand[];
}

async function takeProbe({ pool, schema }: Workspace, wire: string, now: Date): Promise<boolean> {
  const until = new Date(now.getTime() + leaseSeconds * 1000);
  const sql = `update ${schema}._circuit set until = $2 where wire = $1 and until <= $3`;
  return (await pool.query(sql, [wire, until, now])).rowCount === 1;
}

/**
 * Writes down what came of a try. With it, what a run asked for comes back to it: by the inbox, or as an incident where
 * only a person can say how it goes on. Whoever comes after its lease was lost writes nothing.
 */
export async function complete(workspace: Workspace, errand: Errand, result: Result, now: Date): Promise<void> {
  const { pool, schema } = workspace;
  const { status, due, uncertain, told = null, answer = null, error = null, output } = result;
  const sql = `update ${schema}._effect set status = $2, due_at = $3, told = coalesce($4, told), answer = $5, error = $6,
       tried_at = $7, lease_until = null, uncertain = $8, output = $9 where id = $1 and status = 'waiting' and round = $10`;
  const kept = output === undefined ? null : JSON.stringify(output);
  const values = [errand.id, status, due, told, answer, error, now, uncertain, kept, errand.round];
  if (errand.run === null || status === "waiting") return void (await pool.query(sql, values));
  await transaction(pool, "write", async (tx) => {
    const { rowCount } = await tx.query(sql, values);
    if (rowCount !== 1) return;
    const blind = status === "failed" && uncertain;
    const part = blind
      ? incidentPart(
          schema,
          { kind: "effect", source: errand.id, run: errand.run!, title: errand.type, error: error ?? "" },
          now,
        )
      : inboxPart(schema, errand, result, now);
    await tx.query(part.sql, [...part.parameters]);
  });
}

/** What a run is told of an effect, once in each round. */
export function inboxPart(
  schema: string,
  { id, key, kind, run, round, asked }: Pick<Errand, "id" | "key" | "kind" | "run" | "round" | "asked">,
  { status, output = null, error, answer }: Pick<Result, "status" | "output" | "error" | "answer">,
  now: Date,
) {
  const type = `${kind}.${status === "failed" ? "failed" : "done"}`;
  const told = { answer: answer ?? null, ...(status === "failed" ? { error: error ?? null } : { output }) };
  const data = { key, name: asked.name, ...told };
  return {
    sql: `insert into ${schema}._inbox (id, run, event, at, due_at) values ($1::text, $2::uuid, $3::jsonb, $4::timestamptz, $4::timestamptz)
      on conflict (id) do nothing`,
    parameters: [`${key}:${round}`, run, JSON.stringify({ type, data, effect: id, keep: asked.keep ?? {} }), now],
  };
}

/** Gives back what was not tried after all. */
export async function release({ pool, schema }: Workspace, ids: readonly string[]): Promise<void> {
  await pool.query(
    `update ${schema}._effect set attempts = attempts - 1, lease_until = null where id = any($1::uuid[]) and status = 'waiting'`,
    [ids],
  );
}

/** After so many failures one after the other nobody asks any more for a while. */
const failuresMost = 5;
const pauseSeconds = 30;
const pauseMostSeconds = 900;

/** Writes down how a line fares: one that answers is whole, one that does not is broken off, longer each time. */
export async function noteCircuit(
  { pool, schema }: Workspace,
  line: Line,
  { fine, trouble, error }: { readonly fine: boolean; readonly trouble: number; readonly error: string },
  { now, random }: { readonly now: Date; readonly random: number },
): Promise<void> {
  if (fine) {
    if (line.failures > 0) await pool.query(`delete from ${schema}._circuit where wire = $1`, [line.wire]);
    return;
  }
  if (trouble === 0) return;
  const failures = line.failures + trouble;
  const opens = line.probe || failures >= failuresMost;
  const most = Math.min(pauseMostSeconds, pauseSeconds * 2 ** line.opened);
  const until = opens ? new Date(now.getTime() + (most / 2 + (random * most) / 2) * 1000) : null;
  await pool.query(
    `insert into ${schema}._circuit (wire, failures, opened, until, error) values ($1, $2, $3, $4, $5)
     on conflict (wire) do update set failures = excluded.failures, opened = excluded.opened, until = excluded.until,
       error = excluded.error`,
    [line.wire, failures, line.opened + (opens ? 1 : 0), until, error],
  );
}

/** Whether a wire is asked: as always, not for the time being, or by one to find out. */
export type CircuitState = "closed" | "open" | "half_open";

/** How the wires fare that do not answer as they should, by the wire. */
export async function circuitsOf(
  { pool, schema }: Pick<Workspace, "pool" | "schema">,
  now: Date,
): Promise<
  ReadonlyMap<string, { readonly state: CircuitState; readonly until: string | null; readonly failures: number }>
> {
  const { rows } = await pool.query(
    `select wire, failures, until, case when until is null then 'closed' when until > $1 then 'open' else 'half_open' end as state
     from ${schema}._circuit`,
    [now],
  );
  return new Map(rows.map(({ wire, ...fares }) => [wire as string, fares]));
}

/** How much waits to leave a workspace. */
export async function countWaiting({ pool, schema }: Workspace): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as n from ${schema}._effect where status = 'waiting'`);
  return rows[0].n as number;
}

/** How many wires of a workspace are broken off. */
export async function countOpen({ pool, schema }: Workspace): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as n from ${schema}._circuit where until is not null`);
  return rows[0].n as number;
}
