import { listenersTo, problem } from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import type { Scene } from "./operation.ts";
import { triesMost } from "./outgoing.ts";
import type { Result } from "./outbox.ts";
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

export type Status = Result["status"];
export const statuses: readonly Status[] = ["waiting", "delivered", "failed", "skipped"];

const keepMs = 30 * 86_400_000;

/** Deliveries of events to the connections that want them, written with the events: none is lost, none comes twice. */
export function deliveryParts(
  { workspace, model, now, operation, lane }: Pick<Scene, "workspace" | "model" | "now" | "operation" | "lane">,
  events: readonly Happened[],
): readonly Part[] {
  const rows = events.flatMap((event) =>
    listenersTo(model, event.entity, event.type).map(({ $anchor }) => ({ ...event, wire: $anchor })),
  );
  if (rows.length === 0) return [];
  const sql = `insert into ${workspace.schema}._effect
      (id, key, kind, wire, lane, repeats, tries, event, entity, record, type, version, operation, fields, at, status, attempts, due_at)
    select r.id, r.key, 'event', r.wire, $12::text, 'idempotent', ${triesMost}, r.event, r.entity, r.record, r.type, r.version,
      $9::uuid, r.fields, $10::timestamptz, 'waiting', 0, $10::timestamptz
    from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::integer[], $8::jsonb[], $11::text[])
      as r(id, wire, event, entity, record, type, version, fields, key)
    join ${workspace.schema}._connection c on c.anchor = r.wire`;
  const parameters = [
    rows.map(() => newId(now)),
    rows.map(({ wire }) => wire),
    rows.map(({ id }) => id),
    rows.map(({ entity }) => model.entities.get(entity)?.anchor ?? entity),
    rows.map(({ record }) => record),
    rows.map(({ type }) => type),
    rows.map(({ version }) => version),
    rows.map(({ fields }) => JSON.stringify(fields)),
    operation,
    now,
    rows.map(({ id, wire }) => `${id}:${wire}`),
    lane === "bulk" ? "bulk" : "normal",
  ];
  return [{ sql, parameters }];
}

/** Of these records, those that a connection was told of last as of something that is there. */
export async function toldOf(
  { pool, schema }: Workspace,
  anchor: string,
  records: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query(
    `select distinct on (record) record, told from ${schema}._effect
     where wire = $1 and record = any($2::uuid[]) and told is not null order by record, version desc, event desc`,
    [anchor, records],
  );
  return new Set(
    rows.flatMap(({ record, told }: { record: string; told: string }) => (told === "record" ? [record] : [])),
  );
}

/**
 * A page of what goes to a connection, the newest first: 50 of them. `before` is the id of the last one seen. Deliveries
 * of events alone, of kind `event`, are sent again from here; what runs have asked for is mended as an incident.
 */
export async function listDeliveries(
  { pool, schema, model }: Workspace,
  anchor: string,
  { status, before }: { readonly status: Status | undefined; readonly before: string | undefined },
) {
  const { rows } = await pool.query(
    `select id, kind, entity, record, type, version, at, status, attempts, answer, error, tried_at,
       case when status = 'waiting' then due_at end as due_at
     from ${schema}._effect where wire = $1 and ($2::text is null or status = $2)
       and ($3::uuid is null or (at, id) < (select b.at, b.id from ${schema}._effect b where b.id = $3))
     order by at desc, id desc limit 51`,
    [anchor, status ?? null, before ?? null],
  );
  const names = new Map([...model.entities.values()].map((entity) => [entity.anchor, entity.name]));
  const items = (rows as { id: string; entity: string }[])
    .slice(0, 50)
    .map((row) => ({ ...row, entity: names.get(row.entity) ?? null }));
  return { items, next: rows.length > 50 ? (items.at(-1)?.id ?? null) : null };
}

const again =
  "status = 'waiting', attempts = 0, uncertain = false, round = round + 1, lease_until = null, answer = null, error = null";

/** Sends a delivery that has ended once more, under the id that it had. */
export async function replayOne({ pool, schema }: Workspace, anchor: string, id: string, now: Date): Promise<void> {
  const found = isId(id) ? await statusOf(pool, schema, anchor, id) : undefined;
  if (found === undefined) throw problem("delivery.missing", {});
  if (found === "waiting") throw problem("delivery.waiting", {});
  await pool.query(
    `update ${schema}._effect set ${again}, due_at = $2 where id = $1 and kind = 'event' and status <> 'waiting'`,
    [id, now],
  );
}

async function statusOf(db: Queryable, schema: string, anchor: string, id: string): Promise<Status | undefined> {
  const { rows } = await db.query(
    `select status from ${schema}._effect where id = $1 and wire = $2 and kind = 'event'`,
    [id, anchor],
  );
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
    `update ${schema}._effect set ${again}, due_at = $4 where wire = $1 and kind = 'event' and status = $2 and at >= $3`,
    [anchor, status, since, now],
  );
  return rowCount ?? 0;
}

/** No cap counts further back. */
const countedMs = 366 * 86_400_000;

/** Forgets what was delivered, or came, more than thirty days ago. */
export async function sweepDeliveries({ pool, schema }: Workspace, now: Date): Promise<void> {
  const old = new Date(now.getTime() - keepMs);
  await pool.query(`delete from ${schema}._effect e where e.at < $1 and (e.run is null or e.status = 'delivered')`, [
    old,
  ]);
  await pool.query(`delete from ${schema}._received where at < $1`, [old]);
  await pool.query(`delete from ${schema}._inbox where done_at < $1`, [old]);
  await pool.query(`delete from ${schema}._sent where at < $1`, [new Date(now.getTime() - countedMs)]);
}
