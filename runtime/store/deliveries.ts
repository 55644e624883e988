import { listenersTo, problem } from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { isId } from "./records.ts";

/** Something that happened to a record, as `_event` has it. */
export interface Happened {
  readonly id: string;
  readonly entity: string;
  readonly record: string;
  readonly type: string;
  readonly version: number;
  readonly fields: readonly string[];
}

/** An event on its way to somebody outside. `entity` is an anchor. */
export interface Delivery extends Happened {
  readonly operation: string;
  readonly at: string;
  readonly attempts: number;
}

/** What came of a try. */
export interface Result {
  readonly status: "waiting" | "delivered" | "failed" | "skipped";
  readonly due: Date;
  readonly told?: "record" | "gone";
  readonly answer?: number;
  readonly error?: string;
}

export type Status = Result["status"];
export const statuses: readonly Status[] = ["waiting", "delivered", "failed", "skipped"];

const claimRows = 8;
/** Longer than a try takes. */
const leaseSeconds = 60;
const keepMs = 30 * 86_400_000;

/** Deliveries of events to the connections that want them, written with the events: none is lost, none comes twice. */
export function deliveryParts(
  { workspace, model, now, operation }: Pick<Scene, "workspace" | "model" | "now" | "operation">,
  events: readonly Happened[],
): readonly Part[] {
  const rows = events.flatMap((event) =>
    listenersTo(model, event.entity, event.type).map(({ $anchor }) => ({ ...event, connection: $anchor })),
  );
  if (rows.length === 0) return [];
  const sql = `insert into ${workspace.schema}._delivery
      (id, connection, event, entity, record, type, version, operation, fields, at, status, attempts, due_at)
    select r.id, r.connection, r.event, r.entity, r.record, r.type, r.version, $9::uuid, r.fields, $10::timestamptz, 'waiting', 0, $10::timestamptz
    from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::integer[], $8::jsonb[])
      as r(id, connection, event, entity, record, type, version, fields)
    join ${workspace.schema}._connection c on c.anchor = r.connection`;
  const parameters = [
    rows.map(() => newId(now)),
    rows.map(({ connection }) => connection),
    rows.map(({ id }) => id),
    rows.map(({ entity }) => model.entities.get(entity)?.anchor ?? entity),
    rows.map(({ record }) => record),
    rows.map(({ type }) => type),
    rows.map(({ version }) => version),
    rows.map(({ fields }) => JSON.stringify(fields)),
    operation,
    now,
  ];
  return [{ sql, parameters }];
}

const ready = `d.status = 'waiting' and d.due_at <= $1 and (d.lease_until is null or d.lease_until < clock_timestamp())`;

/** The connections that have something to be told, and may be. */
export async function connectionsDue({ pool, schema }: Workspace, now: Date): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select c.anchor from ${schema}._connection c
     where c.active and exists (select from ${schema}._delivery d where d.connection = c.anchor and ${ready})`,
    [now],
  );
  return rows.map(({ anchor }: { anchor: string }) => anchor);
}

/**
 * Takes some deliveries of a connection for this process alone, until a lease runs out. What happened to one record is
 * told in its order: a delivery waits until those before it have ended.
 */
export async function claim({ pool, schema }: Workspace, anchor: string, now: Date): Promise<readonly Delivery[]> {
  const { rows } = await pool.query(
    `update ${schema}._delivery as t set attempts = t.attempts + 1, lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'
     where t.id in (
       select d.id from ${schema}._delivery d
       where d.connection = $2 and ${ready} and not exists (
         select from ${schema}._delivery e where e.connection = d.connection and e.record = d.record and e.status = 'waiting'
           and (e.version, e.event) < (d.version, d.event))
       order by d.due_at, d.id limit ${claimRows} for update of d skip locked)
     returning t.id, t.entity, t.record, t.type, t.version, t.operation, t.fields, t.at, t.attempts`,
    [now, anchor],
  );
  return rows as Delivery[];
}

/** Writes down what came of a try. */
export async function complete({ pool, schema }: Workspace, id: string, result: Result, now: Date): Promise<void> {
  const { status, due, told = null, answer = null, error = null } = result;
  await pool.query(
    `update ${schema}._delivery set status = $2, due_at = $3, told = coalesce($4, told), answer = $5, error = $6,
       tried_at = $7, lease_until = null where id = $1 and status = 'waiting'`,
    [id, status, due, told, answer, error, now],
  );
}

/** Gives deliveries back that were not tried after all. */
export async function release({ pool, schema }: Workspace, ids: readonly string[]): Promise<void> {
  await pool.query(
    `update ${schema}._delivery set attempts = attempts - 1, lease_until = null where id = any($1::uuid[]) and status = 'waiting'`,
    [ids],
  );
}

/** Of these records, those that a connection was told of last as of something that is there. */
export async function toldOf(
  { pool, schema }: Workspace,
  anchor: string,
  records: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query(
    `select distinct on (record) record, told from ${schema}._delivery
     where connection = $1 and record = any($2::uuid[]) and told is not null order by record, version desc, event desc`,
    [anchor, records],
  );
  return new Set(
    rows.flatMap(({ record, told }: { record: string; told: string }) => (told === "record" ? [record] : [])),
  );
}

/** A page of deliveries, the newest first: 50 of them. `before` is the id of the last one seen. */
export async function listDeliveries(
  { pool, schema, model }: Workspace,
  anchor: string,
  { status, before }: { readonly status: Status | undefined; readonly before: string | undefined },
) {
  const { rows } = await pool.query(
    `select id, entity, record, type, version, at, status, attempts, answer, error, tried_at,
       case when status = 'waiting' then due_at end as due_at
     from ${schema}._delivery where connection = $1 and ($2::text is null or status = $2)
       and ($3::uuid is null or (at, id) < (select b.at, b.id from ${schema}._delivery b where b.id = $3))
     order by at desc, id desc limit 51`,
    [anchor, status ?? null, before ?? null],
  );
  const names = new Map([...model.entities.values()].map((entity) => [entity.anchor, entity.name]));
  const items = (rows as { id: string; entity: string }[])
    .slice(0, 50)
    .map((row) => ({ ...row, entity: names.get(row.entity) ?? null }));
  return { items, next: rows.length > 50 ? (items.at(-1)?.id ?? null) : null };
}

const again = "status = 'waiting', attempts = 0, lease_until = null, answer = null, error = null";

/** Sends a delivery that has ended once more, under the id that it had. */
export async function replayOne({ pool, schema }: Workspace, anchor: string, id: string, now: Date): Promise<void> {
  const found = isId(id) ? await statusOf(pool, schema, anchor, id) : undefined;
  if (found === undefined) throw problem("delivery.missing", {});
  if (found === "waiting") throw problem("delivery.waiting", {});
  await pool.query(`update ${schema}._delivery set ${again}, due_at = $2 where id = $1 and status <> 'waiting'`, [
    id,
    now,
  ]);
}

async function statusOf(db: Queryable, schema: string, anchor: string, id: string): Promise<Status | undefined> {
  const { rows } = await db.query(`select status from ${schema}._delivery where id = $1 and connection = $2`, [
    id,
    anchor,
  ]);
  return rows[0]?.status;
}

/** Sends all of a status once more that happened since a moment. Answers how many. */
export async function replayMany(
  { pool, schema }: Workspace,
  anchor: string,
  { status, since }: { readonly status: "failed" | "delivered" | "skipped"; readonly since: Date },
  now: Date,
): Promise<number> {
  const { rowCount } = await pool.query(
    `update ${schema}._delivery set ${again}, due_at = $4 where connection = $1 and status = $2 and at >= $3`,
    [anchor, status, since, now],
  );
  return rowCount ?? 0;
}

/** Forgets what was delivered, or came, more than thirty days ago. */
export async function sweepDeliveries({ pool, schema }: Workspace, now: Date): Promise<void> {
  const old = new Date(now.getTime() - keepMs);
  await pool.query(`delete from ${schema}._delivery where at < $1`, [old]);
  await pool.query(`delete from ${schema}._received where at < $1`, [old]);
}
