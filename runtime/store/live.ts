import { accessOf, type Model } from "engine";
import { bind, watchedStatement, type Reader } from "engine/sql";
import { systemClock } from "../clock.ts";
import type { Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { lentTo } from "./delegations.ts";
import { notified } from "./left-runs.ts";
import { slotsOf } from "./read.ts";

/** A place in the order of events: transaction and id, as two texts that PostgreSQL reads. */
export interface Position {
  readonly xid: string;
  readonly id: string;
}

/** What happened to a record, and where in the order. */
export interface LiveEvent extends Position {
  readonly entity: string;
  readonly record: string;
  readonly version: number;
  readonly operation: string;
  /** Whether it made the record. */
  readonly made: boolean;
  /** Those that changed; of a record that is not there any more that it is not. */
  readonly fields: readonly string[];
  /** Users who see other records since: what they show is to be read again. */
  readonly rightsOf: readonly string[];
  /** The record did not change itself: what decides who sees it did. */
  readonly along?: true;
}

const first = "00000000-0000-0000-0000-000000000000";

/** In front of all events of a transaction. */
export const headAt = (xid: string): Position => ({ xid, id: first });

/** A position as messages carry it. */
export const textOf = ({ xid, id }: Position): string => `${xid}.${id}`;

/** A moment in the order: where the events begin that no reader can have seen yet, and which of these were over already. */
export interface Head {
  readonly position: Position;
  /** Whether a transaction was over then, with all that it wrote to be read. */
  includes(xid: string): boolean;
}

/** The moment of now, as PostgreSQL has it: `xmin:xmax:` and those between that still run. */
export async function headOf(db: Queryable): Promise<Head> {
  const { rows } = await db.query("select pg_current_snapshot()::text as moment");
  const [xmin, xmax, between] = (rows[0] as { moment: string }).moment.split(":") as [string, string, string];
  const [end, running] = [BigInt(xmax), new Set(between.split(","))];
  return { position: headAt(xmin), includes: (xid) => !running.has(xid) && BigInt(xid) < end };
}

/**
 * The events behind a position, in the order that every reader sees alike: those of transactions older than every
 * transaction that still runs. A later commit can therefore never put an event in front of one that was read.
 */
export async function eventsBehind(
  db: Queryable,
  { schema }: Workspace,
  { xid, id }: Position,
  limit: number,
): Promise<readonly LiveEvent[]> {
  const { rows } = await db.query({
    name: `live-events-${schema}-${limit}`,
    text: `select e.xid::text as xid, e.id, e.entity, e.record, e.version, e.operation, e.type = 'record.created' as made,
       coalesce(e.data -> 'fields', case when e.type = 'record.removed' then '["deleted_at"]' else '[]' end::jsonb) as fields,
       coalesce(e.data -> 'rights_of', '[]') as "rightsOf"
     from ${schema}._event e
     where (e.xid, e.id) > ($1::xid8, $2::uuid) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
     order by e.xid, e.id limit ${limit}`,
    values: [xid, id],
  });
  return rows as LiveEvent[];
}

/** What an event happened to, and by which operation. */
export type Happened = Pick<LiveEvent, "entity" | "record" | "operation">;

/** What stands in the rows already and is told later: the newest events wait for older transactions. */
export async function happenedBehind(
  db: Queryable,
  { schema }: Workspace,
  { xid, id }: Position,
  limit: number,
): Promise<readonly Happened[]> {
  const { rows } = await db.query({
    name: `live-behind-${schema}-${limit}`,
    text: `select e.entity, e.record, e.operation from ${schema}._event e
     where (e.xid, e.id) > ($1::xid8, $2::uuid) order by e.xid, e.id limit ${limit}`,
    values: [xid, id],
  });
  return rows as Happened[];
}

/** Whether nothing but roll-ups changed: the record itself was not written, and has the version that it had. */
export function isOfRollups({ entities }: Model, { entity, fields }: LiveEvent): boolean {
  const own = entities.get(entity)?.fields;
  return fields.length > 0 && fields.every((field) => own?.get(field)?.type.name === "rollup");
}

/** Somebody who watches: who, by which proof, with which roles. */
export interface Watcher {
  readonly user: string;
  /** Who watches in her place, where she lets somebody. */
  readonly actor?: string | undefined;
  readonly key: string | undefined;
  readonly session: string | undefined;
  /** The roles that a key leaves its user; all of them where it says nothing. */
  readonly narrowed: readonly string[] | undefined;
}

/** A user who may watch: her roles, her newest notification, and when the last of the shares with her that are over ended. */
interface StandingUser {
  readonly id: string;
  readonly roles: readonly string[];
  readonly notified: string | null;
  readonly ended: string | null;
}

/** What still holds of the watchers of a workspace: users with their roles and newest notification, keys, sessions. */
export interface Standing {
  readonly users: ReadonlyMap<string, StandingUser>;
  readonly proofs: ReadonlySet<string>;
  /** `<who acts> <for whom>` of those who let somebody now. */
  readonly lent: ReadonlySet<string>;
}

/**
 * Reads who of the watchers may still watch, and by which roles. Sessions end by the clock of the machine, as those who
 * keep them have it.
 */
export async function standingOf(
  db: Queryable,
  workspace: Workspace,
  watchers: readonly Watcher[],
  now: Date,
): Promise<Standing> {
  const users = [...new Set(watchers.flatMap(({ user, actor }) => (actor === undefined ? [user] : [user, actor])))];
  const { schema } = workspace;
  const keys = watchers.flatMap(({ key }) => key ?? []);
  const sessions = watchers.flatMap(({ session }) => session ?? []);
  const found = await db.query(
    `select u.id, coalesce(u.roles, '{}') as roles,
       (select n.id from ${schema}._notification n where n.for_user = u.id and ${notified(schema, "$2")} order by n.at desc, n.id desc limit 1) as notified,
       (select max(s.until_at)::text from ${schema}._share s where s.until_at <= $2 and s.grantee = any(array(select u.id union all
          select m.team from ${schema}.user_team m where m."user" = u.id and m.deleted_at is null))) as ended
     from ${schema}."user" u where u.id = any($1::uuid[]) and u.active and u.deleted_at is null`,
    [users, now],
  );
  const proofs = await db.query(
    `select k.id::text as id from trellis.api_key k
     where k.id = any($1::uuid[]) and k.revoked_at is null and (k.expires_at is null or k.expires_at > $3)
     union all select s.id::text from trellis.session s where s.id::text = any($2::text[]) and s."expiresAt" > $4`,
    [keys, sessions, now, systemClock.now()],
  );
  return {
    users: new Map((found.rows as StandingUser[]).map((it) => [it.id, it])),
    proofs: new Set((proofs.rows as { id: string }[]).map(({ id }) => id)),
    lent: await lentTo(
      db,
      workspace,
      watchers.flatMap(({ actor }) => actor ?? []),
      now,
    ),
  };
}

/** Records of an entity that happened, and users who share their roles. */
export interface Watched {
  readonly model: Model;
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly entity: string;
  readonly records: readonly string[];
  readonly now: Date;
  /** Where they are named, the records on which one of these is read. */
  readonly fields?: readonly string[];
  /** Rows as they were, where it is asked what was seen then. */
  readonly before?: Reader["before"];
}

/** `<user> <record>` of every record that a user sees under these roles; the value says whether it is in the trash. */
export async function seenBy(
  workspace: Workspace,
  { model, roles, users, entity: name, records, now, fields, before }: Watched,
): Promise<ReadonlyMap<string, boolean>> {
  const access = accessOf(model, roles);
  const entity = model.entities.get(name);
  if (!entity || !access.entity(name)) return new Map();
  const reader = { model, schema: workspace.schema, access, before };
  const read = fields?.flatMap((field) => entity.fields.get(field) ?? []);
  const { sql, parameters } = watchedStatement(reader, entity, users, records, read);
  const principal = { id: users[0] ?? "", name: "", roles, via: "engine" } as const;
  const { rows } = await workspace.pool.query(sql, [...bind(parameters, slotsOf({ model, principal, now }))]);
  return new Map(
    (rows as { user: string; record: string; trashed: boolean }[]).map((it) => [`${it.user} ${it.record}`, it.trashed]),
  );
}
