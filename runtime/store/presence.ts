import { nearest, problem, visibleFields } from "engine";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { ReadScene } from "./read.ts";

/** Who says that she looks at a record: with which tab, and which field she is editing. */
export interface Looking {
  readonly tab: string;
  readonly editing: string | null;
}

/** Somebody else who looks at the record, and the fields that she is editing, of those that the reader knows. */
export interface There {
  readonly user: { readonly id: string; readonly name: string };
  readonly editing: readonly string[];
}

/** Who does not say again in this time that she looks has gone. */
export const presenceMs = 12_000;
const tabsMost = 50;

/** What is being edited where somebody writes an answer to the record. */
const answering = "_answer";

/** Reads what a tab says. */
export function readLooking(
  { model, access }: ReadScene,
  entity: string,
  { tab, editing = null, ...others }: Readonly<Record<string, unknown>>,
): Looking {
  const [other] = Object.keys(others);
  if (other !== undefined) throw problem("query.unknown", { name: other.slice(0, 80), path: `/${other}` });
  const own = readTab(tab);
  if (editing === null) return { tab: own, editing: null };
  const rights = access.entity(entity);
  const known = [answering, ...(rights ? visibleFields(rights).map(({ name }) => name) : [])];
  if (typeof editing === "string" && known.includes(editing)) return { tab: own, editing };
  const field = String(editing).slice(0, 80).toWellFormed();
  const hint = nearest(field, known);
  const title = model.entities.get(entity)?.name ?? entity;
  throw problem("field.unknown", { entity: title, field, path: "/editing", ...(hint === undefined ? {} : { hint }) });
}

/** The name that a tab gives itself. */
export function readTab(tab: unknown): string {
  if (typeof tab === "string" && /^[A-Za-z0-9-]{8,40}$/.test(tab)) return tab;
  throw problem("presence.tab", { path: "/tab" });
}

/** Notes that the caller looks at a record, which she must see. What is past goes with it, so nothing stays for long. */
export async function look(
  { workspace, principal, now }: ReadScene,
  entity: string,
  id: string,
  { tab, editing }: Looking,
): Promise<void> {
  const table = `${workspace.schema}._presence`;
  await workspace.pool.query(`delete from ${table} where until <= $1`, [now]);
  const { rowCount } = await workspace.pool.query(
    `insert into ${table} ("user", tab, entity, record, field, until)
     select $1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::timestamptz
     where (select count(*) from ${table} where "user" = $1::uuid and tab <> $2::text) < ${tabsMost}
     on conflict ("user", tab) do update set entity = excluded.entity, record = excluded.record, field = excluded.field,
       until = excluded.until`,
    [principal.id, tab, entity, id, editing, new Date(now.getTime() + presenceMs)],
  );
  if (rowCount === 0) throw problem("presence.too_many", { most: tabsMost });
}

/** A tab of the caller looks no longer. */
export async function lookAway({ workspace, principal }: ReadScene, tab: string): Promise<void> {
  const table = `${workspace.schema}._presence`;
  await workspace.pool.query(`delete from ${table} where "user" = $1 and tab = $2`, [principal.id, tab]);
}

/** Who else looks at a record now. */
export async function whoIsThere(scene: ReadScene, entity: string, id: string): Promise<readonly There[]> {
  const { workspace, principal, access, now } = scene;
  const { rows } = await workspace.pool.query(
    `select p."user" as id, u.name, p.field from ${workspace.schema}._presence as p
     join ${workspace.schema}."user" as u on u.id = p."user"
     where p.record = $1 and p.entity = $2 and p.until > $3 and p."user" <> $4 order by u.name, u.id, p.field`,
    [id, entity, now, principal.id],
  );
  const rights = access.entity(entity);
  const known = new Set([answering, ...(rights ? visibleFields(rights).map(({ name }) => name) : [])]);
  const found = Map.groupBy(rows as { id: string; name: string; field: string | null }[], (row) => row.id);
  return [...found.values()].map((them) => ({
    user: { id: them[0]!.id, name: them[0]!.name },
    editing: [...new Set(them.flatMap(({ field }) => (field !== null && known.has(field) ? [field] : [])))],
  }));
}

/** A tab that looks at a record. */
export interface PresenceRow {
  readonly user: string;
  readonly tab: string;
  readonly entity: string;
  readonly record: string;
  readonly field: string | null;
}

/** Every tab that looks at a record of a workspace now. */
export async function presenceIn(db: Queryable, { schema }: Workspace, now: Date): Promise<readonly PresenceRow[]> {
  const { rows } = await db.query({
    name: `presence-${schema}`,
    text: `select p."user", p.tab, p.entity, p.record, p.field from ${schema}._presence as p where p.until > $1`,
    values: [now],
  });
  return rows as PresenceRow[];
}
