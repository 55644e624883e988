import { addressField, planList, problem, segmentsAsked, segmentsIn, type ListPlan, type Model } from "engine";
import { audienceStatement, bind } from "engine/sql";
import type { MessageDocument } from "schemas";
import { newId } from "../id.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { behind } from "./commit.ts";
import { operate } from "./operation.ts";
import { readerOf, slotsOf, type ReadScene } from "./read.ts";
import { isId } from "./records.ts";
import { buildingOf } from "./segment-pass.ts";
import { domainOf, senderOf } from "./sendings.ts";

/** A message by its present name. Throws where there is none. */
export function messageNamed({ messages }: Pick<Model, "messages">, name: string): MessageDocument {
  const found = messages.get(name);
  if (!found) throw problem("message.missing", { name: name.slice(0, 80).toWellFormed() });
  return found;
}

/** Who is meant: members of a segment, records that fulfil a condition, or both. */
export interface Meant {
  readonly segment?: string | undefined;
  readonly filter?: string | undefined;
}

/** Who is meant, as one condition; nothing where all are. */
export function meantBy({ segment, filter = "" }: Meant): string | undefined {
  const members = segment === undefined ? [] : [`in_segment(${JSON.stringify(segment)})`];
  const own = filter.trim() === "" ? [] : [members.length > 0 ? `(${filter})` : filter];
  const all = [...members, ...own];
  return all.length === 0 ? undefined : all.join(" && ");
}

/** Who is meant, as whoever asks sees them. */
export function audienceOf(
  { model, access }: Pick<ReadScene, "model" | "access">,
  { entity }: MessageDocument,
  meant: Meant,
): ListPlan {
  const filter = meantBy(meant);
  return planList(model, access, entity, filter === undefined ? {} : { filter });
}

/**
 * The title of a segment that the condition of a list asks for and that is not whole yet: whom it misses nobody would
 * write to later.
 */
export async function buildingAsked(
  db: Queryable,
  { workspace, model }: Pick<ReadScene, "workspace" | "model">,
  { filter }: ListPlan,
): Promise<string | undefined> {
  const asked = new Set(filter ? segmentsAsked(filter) : []);
  if (asked.size === 0) return undefined;
  const building = await buildingOf(db, workspace.schema);
  return segmentsIn(model).find(({ anchor }) => asked.has(anchor) && building.has(anchor))?.document.title;
}

/** What one began: its id, how many it goes to, and the operation. */
export interface Begun {
  readonly id: string;
  readonly total: number;
  readonly operation: string;
}

/**
 * Sends a message to many, as one operation: a row of the ledger for each record with an address, none twice, all of them
 * with one statement. Members of a segment that is being built are not known yet, and it is refused. They go one after the other past the gates, so that what is no longer true when they go is heeded.
 * `id` may come from whoever asks: the same again begins nothing.
 */
export async function broadcast(
  scene: ReadScene,
  document: MessageDocument,
  { id, at, ...meant }: Meant & { readonly id?: string | undefined; readonly at?: Date | undefined },
): Promise<Begun> {
  const { workspace, principal, now } = scene;
  const { schema, schemaName } = workspace;
  const own = id ?? newId(now);
  const told = { kind: "mail", title: `Send ${document.title}`, now, bulk: true };
  const { operation, result } = await operate(workspace, principal, told, async (tx, { model, access, operation }) => {
    const { rows: known } = await tx.query(`select total, operation from ${schema}._broadcast where id = $1`, [own]);
    if (known[0]) return known[0] as { total: number; operation: string };
    const reading = { ...scene, model, access: access! };
    const address = addressField(model, document);
    if (!address) throw problem("message.to", { entity: document.entity });
    const plan = audienceOf(reading, document, meant);
    const building = await buildingAsked(tx, reading, plan);
    if (building !== undefined) throw problem("segment.building", { title: building });
    const audience = audienceStatement(readerOf(reading), plan, address);
    const from = document.from ?? senderOf(model);
    const shared = [
      own,
      document.$anchor,
      model.purposes.get(document.purpose ?? "")?.$anchor ?? null,
      document.entity,
      from.address.toLowerCase(),
      from.name ?? null,
      document.reply_to ?? null,
      now,
      at ?? now,
      operation,
      schemaName,
      domainOf(from.address),
      // The moment, as an id of version 7 begins with it; a number follows, so that rows stand as they are claimed.
      newId(now).slice(0, 13),
    ];
    const { rowCount } = await tx.query(
      `insert into ${schema}._sending (id, effect_key, message_id, status, purpose, entity, record, address, domain, to_addresses,
         from_address, from_name, reply_to, headers, message, broadcast, at, due_at, operation)
       select ($13::text || '-7' || left(a.n, 3) || '-8' || right(a.n, 3) || '-' || right(gen_random_uuid()::text, 12))::uuid, 'b:' || $1::text || ':' || a.id,
         '<' || left(encode(sha256(convert_to($11::text || ' b:' || $1::text || ':' || a.id, 'UTF8')), 'hex'), 40) || '@' || $12::text || '>',
         'queued', $3::text, $4::text, a.id, a.address, split_part(a.address, '@', 2), array[a.address], $5::text, $6::text, $7::text,
         '{"auto-submitted": "auto-generated"}', $2::text, ($1::text)::uuid, $8::timestamptz, $9::timestamptz, $10::uuid
       from (select b.id, b.address, lpad(to_hex(row_number() over ()), 6, '0') as n from (${behind(audience.sql, shared.length)}) as b) as a
       on conflict (effect_key) do nothing`,
      [...shared, ...bind(audience.parameters, slotsOf(reading))],
    );
    const total = rowCount ?? 0;
    await tx.query(
      `insert into ${schema}._broadcast (id, message, title, filter, total, status, operation, by, at)
       values ($1, $2, $3, $4, $5, 'running', $6, $7, $8)`,
      [own, document.$anchor, document.title, meantBy(meant) ?? null, total, operation, principal.id || null, now],
    );
    return { total, operation };
  });
  return { id: own, total: result.total, operation: result.operation ?? operation };
}

/** Lets nothing more of a broadcast go; what has gone has gone. Answers how many were left. */
export async function cancelBroadcast(workspace: Workspace, by: ReadScene["principal"], id: string, now: Date) {
  const { schema } = workspace;
  if (!isId(id)) throw problem("sending.missing", {});
  const told = { kind: "mail", title: "Stop sending", now, unbounded: true, bulk: true };
  const { result } = await operate(workspace, by, told, async (tx) => {
    const { rowCount: found } = await tx.query(
      `update ${schema}._broadcast set status = 'cancelled', ended_at = coalesce(ended_at, $2) where id = $1`,
      [id, now],
    );
    if (found !== 1) throw problem("sending.missing", {});
    const { rowCount } = await tx.query(
      `update ${schema}._sending set status = 'cancelled', reason = 'cancelled', ended_at = $2
       where broadcast = $1 and status in ('queued', 'held')`,
      [id, now],
    );
    return rowCount ?? 0;
  });
  return result;
}

/** What was sent of a message to many, the newest first, and how far each has come. */
export async function listBroadcasts({ pool, schema }: Workspace, { $anchor }: MessageDocument) {
  const { rows } = await pool.query(
    `select b.id, b.title, b.filter, b.total, b.status, b.at, b.ended_at, coalesce(s.counts, '{}') as counts
     from ${schema}._broadcast b left join lateral (
       select jsonb_object_agg(status, n) as counts from (
         select status, count(*)::int as n from ${schema}._sending where broadcast = b.id group by status) as c) as s on true
     where b.message = $1 order by b.at desc, b.id desc limit 20`,
    [$anchor],
  );
  return rows;
}
