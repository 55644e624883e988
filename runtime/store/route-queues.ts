import {
  choose,
  durationMs,
  obstacleFor,
  queuesOf,
  relaxed,
  type Agent,
  type Model,
  type Queue,
  type RecordWrite,
  type Values,
} from "engine";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { flush, stage, type Part } from "./commit.ts";
import { engineScene, lockFree, type Moves } from "./due.ts";
import { inserted, type Filling } from "./insertion.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { wakeWaiting } from "./queued.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { settle } from "./settle.ts";
import { writeRecords } from "./write.ts";

const batchRows = 200;
const open = "done_at is null and look_at <= $1";

/** A record that waits. */
export interface Waiting {
  readonly record: string;
  readonly queued_at: Date;
  readonly weight: number;
  readonly skills: Parameters<typeof relaxed>[0];
  readonly same: string | null;
  readonly passed_by: readonly string[];
}

/** Why a record went where it went, as it is kept. */
interface Why {
  readonly queue: string;
  readonly model: string;
  readonly at: string;
  readonly wanted: readonly { readonly skill: string; readonly level: number }[];
  /** Less is wanted than at first. */
  readonly relaxed: boolean;
  readonly people: readonly {
    readonly user: string;
    readonly load: number;
    readonly capacity: number;
    readonly obstacle: string | null;
  }[];
}

/** What has become of a record that waited. */
interface Routed {
  readonly record: string;
  readonly agent: string | null;
  readonly why: Why;
  readonly lookAt: Date | null;
}

/** Whether somebody is to be looked for. */
export async function queuesWait({ pool, schema }: Workspace, now: Date): Promise<boolean> {
  const { rows } = await pool.query(`select exists (select from ${schema}._queued where ${open}) as due`, [now]);
  return rows[0].due;
}

/**
 * Gives records that wait to those who can have them, queue by queue, each in one transaction: the row of the queue is
 * locked, people whom another gives something just now are passed over. Offers that ran out come back with their age.
 */
export async function routeQueues(workspace: Workspace, now: Date): Promise<Moves> {
  const { rows } = await workspace.pool.query(
    `select distinct queue from ${workspace.schema}._queued where ${open} order by queue`,
    [now],
  );
  let count = 0;
  for (const { queue } of rows as { queue: string }[]) {
    const routed = async (tx: Connection, opened: readonly any[]) => {
      if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
      const scene: Scene = { ...engineScene(workspace, workspace.model, now), staged: [] };
      const found = queueNamed(workspace.model, queue);
      const many = found ? await drain(tx, scene, found) : await leave(tx, scene, queue);
      await settle(tx, scene);
      await flush(tx, scene);
      return many;
    };
    count += await transaction(workspace.pool, "bulk", routed, sharing(workspace));
  }
  return { count, failures: [] };
}

/** The queue with an anchor. */
export const queueNamed = (model: Model, anchor: string): Queue | undefined =>
  [...model.queues.values()]
    .filter(({ $anchor }) => $anchor === anchor)
    .flatMap(({ entity }) => queuesOf(model, entity))
    .find(({ document }) => document.$anchor === anchor);

/** A queue that is not there any more keeps nobody. */
async function leave(tx: Connection, { workspace, now }: Scene, queue: string): Promise<number> {
  await tx.query(`update ${workspace.schema}._queued set done_at = $2, look_at = null where queue = $1`, [queue, now]);
  return 0;
}

async function drain(tx: Connection, scene: Scene, queue: Queue): Promise<number> {
  const { schema } = scene.workspace;
  const { $anchor: anchor } = queue.document;
  await tx.query(`insert into ${schema}._queue (queue) values ($1) on conflict do nothing`, [anchor]);
  const { rows } = await tx.query(`select pointer from ${schema}._queue where queue = $1 for update`, [anchor]);
  await takeBack(tx, scene, anchor);
  const waiting = await waitingIn(tx, scene, queue);
  const free = new Set(
    await lockFree(
      tx,
      scene,
      queue.entity.name,
      waiting.map(({ record }) => record),
    ),
  );
  const agents = await agentsOf(tx, scene, queue);
  const last = await lastOf(tx, scene, waiting);
  const routed: Routed[] = [];
  let pointer = rows[0].pointer as string | null;
  for (const row of waiting.filter(({ record }) => free.has(record))) {
    const one = routeOne(queue, row, { agents, pointer, last: last.get(row.same ?? ""), now: scene.now });
    routed.push(one);
    if (one.agent === null) continue;
    pointer = one.agent;
    const at = agents.findIndex(({ id }) => id === one.agent);
    agents[at] = { ...agents[at]!, load: agents[at]!.load + row.weight, idleSince: scene.now.getTime() };
  }
  await write(tx, scene, queue, routed, pointer);
  return routed.filter(({ agent }) => agent !== null).length;
}

interface RoutingAt {
  readonly agents: readonly Agent[];
  readonly pointer: string | null;
  readonly last: string | undefined;
  readonly now: Date;
}

/** Who gets a record, and why; or when somebody is looked for again. */
export function routeOne({ document }: Queue, row: Waiting, { agents, pointer, last, now }: RoutingAt): Routed {
  const waitedMs = now.getTime() - new Date(row.queued_at).getTime();
  const { wanted, nextMs } = relaxed(row.skills, waitedMs);
  const work = { weight: row.weight, skills: wanted, last, passedBy: row.passed_by };
  const agent = choose(document.model, work, agents, pointer);
  const why = {
    queue: document.title,
    model: document.model,
    at: now.toISOString(),
    wanted,
    relaxed: row.skills.length > wanted.length || row.skills.some(({ level }, at) => wanted[at]?.level !== level),
    people: agents.map((it) => ({
      user: it.id,
      load: it.load,
      capacity: it.capacity,
      obstacle: obstacleFor(work, it) ?? null,
    })),
  };
  const overMs = document.overflow ? (durationMs(document.overflow.after) ?? 0) : undefined;
  const next = [nextMs, overMs].filter((it) => it !== undefined && it > waitedMs) as number[];
  const lookAt = next.length === 0 ? null : new Date(new Date(row.queued_at).getTime() + Math.min(...next));
  return { record: row.record, agent: agent?.id ?? null, why, lookAt };
}

/** Offers that ran out: who let one pass is taken to be away, and the record waits with the age that it has. */
async function takeBack(tx: Connection, { workspace: { schema }, now }: Scene, queue: string): Promise<void> {
  await tx.query(
    `with out as (update ${schema}._queued set state = 'waiting', passed_by = passed_by || agent, agent = null, until = null
       where queue = $1 and done_at is null and state = 'offered' and until <= $2 returning passed_by)
     update ${schema}._agent set presence = 'missed', since = $2
     where "user" in (select passed_by[array_length(passed_by, 1)] from out) and presence = 'available'`,
    [queue, now],
  );
}

/** What waits: the most urgent first, then what is due the earliest, then what has waited the longest. */
export async function waitingIn(tx: Connection, scene: Scene, { document }: Queue): Promise<readonly Waiting[]> {
  const { workspace, now } = scene;
  const { schema } = workspace;
  const { overflow, $anchor } = document;
  const to = overflow && scene.model.queues.get(overflow.to)?.$anchor;
  if (overflow && to !== undefined)
    await tx.query(
      `update ${schema}._queued set queue = $2, look_at = $3
       where queue = $1 and done_at is null and state = 'waiting' and queued_at <= $4`,
      [$anchor, to, now, new Date(now.getTime() - (durationMs(overflow.after) ?? 0))],
    );
  const { rows } = await tx.query(
    `select q.record, q.queued_at, q.weight, q.skills, q.same, q.passed_by from ${schema}._queued q
     where q.queue = $1 and q.done_at is null and q.state = 'waiting'
     order by q.rank, (select min((a ->> 'at')::numeric) from ${schema}._clock c, jsonb_array_elements(c.alarms) a
       where c.record = q.record and a ->> 'kind' = 'breached'), q.queued_at, q.record limit ${batchRows}`,
    [$anchor],
  );
  return rows as Waiting[];
}

/** The condition that the user `u` works in the queue of a role and a team, each as SQL has it. */
export const worksIn = (schema: string, role: string, team: string): string =>
  `(${role}::text is null or ${role} = any(u.roles)) and ${isInTeam(schema, "u.id", team)}`;

/** The condition that a user is in a team, where one is said. */
export const isInTeam = (schema: string, user: string, team: string): string =>
  `(${team}::text is null or exists (
     select from ${schema}.user_team m join ${schema}.team t on t.id = m.team
     where m."user" = ${user} and t.name = ${team} and m.deleted_at is null and t.deleted_at is null))`;

/** Those who work in a queue, with what they have; who is given something by another just now is left out. */
export async function agentsOf(
  tx: Connection,
  { workspace: { schema }, now }: Scene,
  { document }: Queue,
): Promise<Agent[]> {
  const { rows } = await tx.query(
    `select u.id, a.presence, a.capacity, a.skills, a.idle_since,
       exists (select from ${schema}._delegation d
         where d.giver = u.id and d.ended_at is null and d.from_at <= $3 and d.until_at > $3) as gone
     from ${schema}."user" u join ${schema}._agent a on a."user" = u.id
     where u.active and u.deleted_at is null and ${worksIn(schema, "$1", "$2")}
     order by u.id for update of a skip locked`,
    [document.role ?? null, document.team ?? null, now],
  );
  const { rows: loads } = await tx.query(
    `select agent, sum(weight)::integer as load from ${schema}._queued
     where done_at is null and state in ('offered', 'assigned') and agent = any($1::uuid[]) group by agent`,
    [rows.map(({ id }) => id)],
  );
  const had = new Map(loads.map(({ agent, load }) => [agent as string, load as number]));
  return rows.map(({ id, presence, capacity, skills, idle_since, gone }) => ({
    id,
    available: presence === "available" && !gone,
    capacity,
    load: had.get(id) ?? 0,
    skills,
    idleSince: new Date(idle_since).getTime(),
  }));
}

/** Who had the last one of the same kind. */
export async function lastOf(
  tx: Connection,
  { workspace: { schema } }: Scene,
  waiting: readonly Pick<Waiting, "same">[],
) {
  const kinds = [...new Set(waiting.flatMap(({ same }) => same ?? []))];
  if (kinds.length === 0) return new Map<string, string>();
  const { rows } = await tx.query(
    `select distinct on (same) same, agent from ${schema}._queued where same = any($1::text[]) and agent is not null
     order by same, since desc nulls last`,
    [kinds],
  );
  return new Map(rows.map(({ same, agent }) => [same as string, agent as string]));
}

const notices: Filling = {
  table: "_notification",
  each: { id: "uuid", for_user: "uuid", title: "text", body: "text", told: "jsonb", record: "uuid" },
  all: { at: "timestamptz", entity: "text", operation: "uuid" },
};

/** Writes down who was given what, or whom it was offered to, and when those that wait are looked at again. */
async function write(tx: Connection, scene: Scene, queue: Queue, routed: readonly Routed[], pointer: string | null) {
  const { workspace, now, operation } = scene;
  const { schema } = workspace;
  const offer = queue.document.offer === undefined ? undefined : durationMs(queue.document.offer);
  const until = offer === undefined ? null : new Date(now.getTime() + offer);
  const given = routed.filter(({ agent }) => agent !== null);
  const parts: Part[] = [
    {
      sql: `update ${schema}._queued q set state = case when r.agent is null then 'waiting' else $5::text end,
          agent = r.agent, since = case when r.agent is null then q.since else $6::timestamptz end, why = r.why,
          until = case when r.agent is null then null else $7::timestamptz end,
          look_at = case when r.agent is null then r.look_at else $7::timestamptz end
        from unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::timestamptz[]) as r(record, agent, why, look_at)
        where q.record = r.record`,
      parameters: [
        routed.map(({ record }) => record),
        routed.map(({ agent }) => agent),
        routed.map(({ why }) => JSON.stringify(why)),
        routed.map(({ lookAt }) => lookAt),
        until === null ? "assigned" : "offered",
        now,
        until,
      ],
    },
    {
      sql: `update ${schema}._queue set pointer = $2::uuid where queue = $1::text`,
      parameters: [queue.document.$anchor, pointer],
    },
    {
      sql: `update ${schema}._agent set idle_since = $2::timestamptz where "user" = any($1::uuid[])`,
      parameters: [given.map(({ agent }) => agent), now],
    },
  ];
  await stage(tx, scene, parts);
  const { entity } = queue;
  const ids = given.map(({ record }) => record);
  const records = await lockRecords(tx, scene, entityOf(scene, entity.name), { ids, trash: "without" });
  if (until === null)
    await writeRecords(
      tx,
      scene,
      given.map(({ record, agent }): RecordWrite => {
        const before = records.get(record) as Values;
        return { act: "update", entity: entity.name, id: record, before, after: { owner: agent } };
      }),
    );
  const told = JSON.stringify({ code: until === null ? "queue_given" : "queue_offered", by: queue.document.title });
  const cells = given.map(({ record, agent }) => {
    const name = entity.nameField ? records.get(record)?.[entity.nameField.name] : null;
    return [newId(now), agent, queue.document.title, name ?? null, told, record];
  });
  await stage(tx, scene, inserted(schema, notices, cells as never, [now, entity.name, operation]));
  if (given.length > 0) await keepOperation(tx, scene, { kind: "queue", title: queue.document.title });
}

/** Looks for somebody for those that wait, in all queues. */
export async function wakeQueues(tx: Connection, { workspace, now }: Pick<Scene, "workspace" | "now">): Promise<void> {
  const { sql, parameters } = wakeWaiting(workspace.schema, now);
  await tx.query(sql, [...parameters]);
}
