import { fault, isMoment, problem, refuse, type Entity, type Fault, type Values } from "engine";
import type { Connection, Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { insertHistory } from "./chronicle.ts";
import { commit, type Part } from "./commit.ts";
import { authorOf, operate, type Operated, type Scene } from "./operation.ts";
import { getRecord, type ReadScene } from "./read.ts";
import { isId, lockChanging, refusalsOf, rightsOf } from "./records.ts";
import { lockRecords } from "./rows.ts";
import { refuseForbidden } from "./sharable.ts";

/** With whom a record is shared, whether to be changed as well, and until when; without it there is no end. */
export interface Share {
  readonly grantee: string;
  readonly team: boolean;
  readonly writes: boolean;
  readonly until?: string | null;
}

export type Level = "read" | "write";

/** A person or team as people know it. */
export interface Grantee {
  readonly kind: "user" | "team";
  readonly id: string;
  readonly name: string;
}

const sharesMax = 100;

/** How a record is shared, and until when. */
export interface Shared {
  readonly level: Level;
  readonly until: string | null;
}

/** Reads what a body says of a share; tells all that is wrong with it. */
function readShared({ level, until = null, ...others }: Readonly<Record<string, unknown>>, now: Date): Shared {
  const faults: Fault[] = Object.keys(others).map((name) =>
    fault("field.unknown", { entity: "share", field: name.slice(0, 80), path: `/${name}` }),
  );
  if (level !== "read" && level !== "write")
    faults.push(fault("sharing.value", { wanted: '`level`, "read" or "write"', path: "/level" }));
  const end = typeof until === "string" && isMoment(until) ? new Date(until) : null;
  if (until !== null && !(end && end > now))
    faults.push(fault("sharing.value", { wanted: "an end that is still to come", path: "/until" }));
  refuse(faults);
  return { level: level as Level, until: end?.toISOString() ?? null };
}

/** With whom a record is shared, for who sees it herself; `may` says whether she may share it further or take back. */
export async function listShares(scene: ReadScene, name: string, id: string) {
  const { workspace, principal } = scene;
  await getRecord(scene, name, id, { fields: "id" });
  const entity = scene.model.entities.get(name)!;
  const { rows } = await workspace.pool.query(
    `select json_build_object('kind', case when s.team then 'team' else 'user' end, 'id', s.grantee, 'name', coalesce(t.name, u.name)) as "with",
       case when s.writes then 'write' else 'read' end as level, s.until_at as until, s.at,
       case when s.by is not null then json_build_object('id', s.by, 'name', b.name) end as by
     from ${workspace.schema}._share s
       left join ${workspace.schema}."user" u on u.id = s.grantee left join ${workspace.schema}.team t on t.id = s.grantee
       left join ${workspace.schema}."user" b on b.id = s.by
     where s.record = $1 and (s.until_at is null or s.until_at > $2) order by s.team desc, coalesce(t.name, u.name), s.grantee`,
    [id, scene.now],
  );
  const may = entity.document.sharing === true && !principal.actor && (await mayChange(scene, entity, id));
  return { items: rows, may, possible: entity.document.sharing === true };
}

/** Whether somebody has the right to change a record, as it stands. */
async function mayChange({ workspace, principal, now }: ReadScene, entity: Entity, id: string): Promise<boolean> {
  const told = { kind: "look", title: "Look at a record", now, operation: newId(now) };
  const { result } = await operate(workspace, principal, told, async (tx, scene) => {
    const asked = { right: scene.access?.entity(entity.name)?.rule("update") };
    return (await lockRecords(tx, scene, entity, { ids: [id], trash: "without", asked, loose: true })).get(id);
  });
  return result !== undefined && refusalsOf(entity, "update", result, [], "").length === 0;
}

const standing = async (tx: Connection, scene: Scene, entity: Entity, id: string) =>
  (await lockChanging(tx, scene, entity, { ids: [id], right: "update", trash: "without" })).get(id);

/** Whom a record is about to be shared with, or not any more. */
export interface Sharing {
  readonly entity: string;
  readonly id: string;
  readonly grantee: string;
  /** What was sent of the share; nothing takes it back. */
  readonly given: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Shares a record with a person or a team, changes how, or takes it back: by whoever may change the record herself. One
 * operation; it stands in the record's history and undo takes it back.
 */
export function share(
  { workspace, principal, now }: ReadScene,
  { entity: name, id, grantee, given }: Sharing,
): Promise<Operated<Shared | undefined>> {
  if (principal.actor) throw problem("delegation.records_only", {});
  const title = workspace.model.entities.get(name)?.title ?? name;
  const told = { kind: "share", title: given ? `Share ${title}` : `Stop sharing ${title}`, now };
  return operate(workspace, principal, told, async (tx, scene) => {
    const { entity } = rightsOf(scene, name);
    const record = await standing(tx, scene, entity, id);
    if (!record) throw problem("record.missing", { entity: name });
    refuse(refusalsOf(entity, "update", record, [], ""));
    const asked = given && readShared(given, now);
    if (asked && entity.document.sharing !== true) throw problem("sharing.off", { entity: entity.plural });
    const shares = await sharesOf(tx, scene, [id]);
    const before = shares.find(({ share: it }) => it.grantee === grantee)?.share;
    if (!asked && !before) throw problem("sharing.missing", {});
    if (asked && !before && shares.length >= sharesMax) throw problem("sharing.too_many", { most: sharesMax });
    const team = before?.team ?? (await isTeam(tx, scene.workspace, grantee));
    const after = asked && { grantee, team, writes: asked.level === "write", until: asked.until };
    if (isAlike(before, after)) return asked;
    if (after) await refuseForbidden(tx, scene, entity, { id, grantee });
    await commit(tx, shareParts(scene, { entity, record, before, after }), scene.model);
    scene.written.rows += 1;
    return asked;
  });
}

/** A change of a share, of a record as it stands. */
interface Moved {
  readonly entity: Entity;
  readonly record: Values;
  readonly before: Share | undefined;
  readonly after: Share | undefined;
}

/** The share itself, its step in the record's history, and the event that tells open connections. */
function shareParts(scene: Scene, { entity, record, before, after }: Moved): readonly Part[] {
  const { schema } = scene.workspace;
  const [id, version] = [String(record.id), Number(record.version)];
  const { grantee = "", team = false } = after ?? before ?? {};
  const row: Part = after
    ? {
        sql: `insert into ${schema}._share (record, grantee, entity, team, writes, at, by, until_at)
          values ($1::uuid, $2::uuid, $3::text, $4::boolean, $5::boolean, $6::timestamptz, $7::uuid, $8::timestamptz)
          on conflict (record, grantee) do update
            set writes = excluded.writes, at = excluded.at, by = excluded.by, until_at = excluded.until_at`,
        parameters: [id, grantee, entity.anchor, team, after.writes, scene.now, authorOf(scene), after.until ?? null],
      }
    : {
        sql: `delete from ${schema}._share where record = $1::uuid and grantee = $2::uuid`,
        parameters: [id, grantee],
      };
  const act = after ? "share" : "unshare";
  const kept = (it: Share | undefined) => (it ? { _share: it } : null);
  const step = { entity: entity.name, record: id, act, version, at: scene.now.toISOString() };
  const event: Part = {
    sql: `insert into ${schema}._event (id, entity, record, type, version, operation, at, by, data)
      select $1::uuid, $2::text, $3::uuid, $4::text, $5::integer, $6::uuid, $7::timestamptz, $8::uuid,
        jsonb_build_object('fields', '[]'::jsonb, 'rights_of', (select coalesce(jsonb_agg(r.id), '[]') from (select $9::uuid as id
          union all select m."user" from ${schema}.user_team as m where m.team = $9::uuid and m.deleted_at is null) as r))`,
    parameters: [
      newId(scene.now),
      entity.name,
      id,
      after ? "record.shared" : "record.unshared",
      version,
      scene.operation,
      scene.now,
      authorOf(scene),
      grantee,
    ],
  };
  return [row, ...insertHistory(scene, [{ ...step, before: kept(before), after: kept(after) }]), event];
}

/** With whom records are shared and have not ceased to be. */
async function sharesOf(tx: Queryable, { workspace, now }: Scene, records: readonly string[]) {
  const { rows } = await tx.query(
    `select s.record, s.grantee, s.team, s.writes, s.until_at as until from ${workspace.schema}._share s
     where s.record = any($1::uuid[]) and (s.until_at is null or s.until_at > $2)`,
    [records, now],
  );
  return (rows as (Share & { record: string })[]).map(({ record, ...share }) => ({ record, share }));
}

/** Whether two shares with one grantee let her do the same, for as long. */
const isAlike = (one: Share | undefined, other: Share | undefined): boolean =>
  one?.writes === other?.writes && (one?.until ?? null) === (other?.until ?? null);

/** Whether an id is a team's; it must be a team's or a user's. */
async function isTeam(tx: Queryable, { schema }: Workspace, id: string): Promise<boolean> {
  const { rows } = isId(id)
    ? await tx.query(
        `select false as team from ${schema}."user" where id = $1 and deleted_at is null
         union all select true from ${schema}.team where id = $1 and deleted_at is null`,
        [id],
      )
    : { rows: [] };
  const [found] = rows as { team: boolean }[];
  if (!found) throw problem("sharing.value", { wanted: "a person or a team of this workspace" });
  return found.team;
}

/** What of a share holds now: nothing where it has come to its end. */
const stillOf = (share: Share | undefined, now: Date): Share | undefined =>
  share?.until && new Date(share.until) <= now ? undefined : share;

/** A step of history in which a share was changed. */
export interface ShareStep {
  readonly entity: Entity;
  readonly record: string;
  readonly before: Share | undefined;
  readonly after: Share | undefined;
}

/** What a row of history says of a share; nothing where it is about something else. */
export function shareStepOf(
  entity: Entity,
  { record, before, after }: { readonly record: string; readonly before: Values | null; readonly after: Values | null },
): ShareStep | undefined {
  const of = (kept: Values | null) => (kept?._share ?? undefined) as Share | undefined;
  return of(before) || of(after) ? { entity, record, before: of(before), after: of(after) } : undefined;
}

/** What takes steps of sharing back. Where somebody has changed the share since, it is left alone unless `force`. */
export async function undoShares(
  tx: Connection,
  scene: Scene,
  steps: readonly ShareStep[],
  standing: ReadonlyMap<string, Values>,
  force: boolean,
): Promise<{ readonly parts: readonly Part[]; readonly restored: number; readonly changed: readonly ShareStep[] }> {
  const parts: Part[] = [];
  const changed: ShareStep[] = [];
  const shares = steps.length > 0 ? await sharesOf(tx, scene, [...standing.keys()]) : [];
  for (const step of [...steps].reverse()) {
    const record = standing.get(step.record);
    const grantee = (step.after ?? step.before)?.grantee;
    const now = shares.find((it) => it.record === step.record && it.share.grantee === grantee)?.share;
    if (!record || (!isAlike(now, stillOf(step.after, scene.now)) && !force)) changed.push(step);
    else parts.push(...shareParts(scene, { ...step, record, before: step.after, after: step.before }));
  }
  return { parts, restored: steps.length - changed.length, changed };
}

/** Whom steps of history speak of, by id. */
export async function granteesOf(
  { workspace: { pool, schema } }: ReadScene,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Grantee>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query(
    `select 'user' as kind, id, name from ${schema}."user" where id = any($1::uuid[])
     union all select 'team', id, name from ${schema}.team where id = any($1::uuid[])`,
    [ids],
  );
  return new Map((rows as Grantee[]).map((it) => [it.id, it]));
}

export const levelOf = (it: Share | undefined): Level | null => (it ? (it.writes ? "write" : "read") : null);
