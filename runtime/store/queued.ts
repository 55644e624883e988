import { queueFor, queuePaths, queuesOf, rankOf, skillsFor, type PlannedWrite, type Queue, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import type { Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { surroundings } from "./run.ts";

/** A record in a queue as its row has it. */
export interface Queued {
  readonly record: string;
  readonly entity: string;
  /** The anchor of its queue. */
  readonly queue: string;
  readonly state: "waiting" | "offered" | "assigned";
  readonly agent: string | null;
  readonly done_at: string | null;
}

const filling: Filling = {
  table: "_queued",
  each: {
    record: "uuid",
    queue: "text",
    state: "text",
    rank: "integer",
    weight: "integer",
    skills: "jsonb",
    same: "text",
    agent: "uuid",
    look_at: "timestamptz",
  },
  all: { entity: "text", queued_at: "timestamptz", since: "timestamptz" },
  conflict: `on conflict (record) do update set queue = excluded.queue, state = excluded.state, rank = excluded.rank,
    weight = excluded.weight, skills = excluded.skills, same = excluded.same, agent = excluded.agent,
    since = case when excluded.agent is distinct from _queued.agent then excluded.since else _queued.since end,
    queued_at = case when _queued.done_at is null then _queued.queued_at else excluded.queued_at end,
    until = null, passed_by = '{}', why = null, look_at = excluded.look_at, done_at = null`,
};

/**
 * Lets written records enter their queues, move between them and leave them, in the transaction of the write. Who gives
 * one to somebody by hand has given it, whatever she has already. Nothing is done for entities without queues.
 */
export async function followQueues(
  tx: Connection,
  scene: Scene,
  writes: readonly PlannedWrite[],
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const changing = writes.filter(
    ({ entity, changed }) => changed.length > 0 && queuesOf(scene.model, entity).length > 0,
  );
  for (const [name, them] of Map.groupBy(changing, ({ entity }) => entity))
    parts.push(...(await followOf(tx, scene, name, them)));
  return parts;
}

async function followOf(
  tx: Connection,
  scene: Scene,
  name: string,
  writes: readonly PlannedWrite[],
): Promise<readonly Part[]> {
  const { model, now } = scene;
  const entity = entityOf(scene, name);
  const last = new Map(writes.map(({ id, record }) => [id, record]));
  const around = await surroundings(tx, scene, { entity, paths: queuePaths(model, name) }, [...last.values()]);
  const standing = await lockQueued(tx, scene, [...last.keys()]);
  const agents = await agentsAmong(
    tx,
    scene,
    [...last.values()].map(({ owner }) => owner),
  );
  const cells: unknown[][] = [];
  const done: string[] = [];
  for (const [id, record] of last) {
    const environment = { ...around, record };
    const old = standing.get(id);
    const queue = queueFor(model, entity, environment);
    if (!queue) {
      if (old && old.done_at === null) done.push(id);
      continue;
    }
    const placed = placeOf(old, queue, record, agents);
    if (!placed) continue;
    const same = queue.document.same === undefined ? null : JSON.stringify(record[queue.document.same] ?? null);
    const skills = JSON.stringify(skillsFor(model, queue, environment));
    const { weight = 1, $anchor } = queue.document;
    const look = placed.agent === null ? now : null;
    cells.push([id, $anchor, placed.state, rankOf(queue, record), weight, skills, same, placed.agent, look]);
  }
  return [...inserted(scene.workspace.schema, filling, cells as never, [name, now, now]), ...left(scene, done)];
}

/** Where a record stands in its queue after a write; nothing where it stays as it is. */
function placeOf(old: Queued | undefined, queue: Queue, record: Values, agents: ReadonlySet<string>) {
  const owner = typeof record.owner === "string" ? record.owner : null;
  const waiting = { state: "waiting", agent: null } as const;
  if (!old || old.done_at !== null)
    return owner !== null && agents.has(owner) ? ({ state: "assigned", agent: owner } as const) : waiting;
  const moved = old.queue !== queue.document.$anchor;
  if (old.state === "assigned" && old.agent !== owner)
    return owner === null ? waiting : ({ state: "assigned", agent: owner } as const);
  if (old.state !== "assigned" && owner !== null && agents.has(owner))
    return { state: "assigned", agent: owner } as const;
  if (!moved) return old.state === "waiting" ? waiting : undefined;
  return old.state === "assigned" ? ({ state: "assigned", agent: old.agent } as const) : waiting;
}

/** Records in queues, locked until the transaction ends. */
export async function lockQueued(
  tx: Connection,
  { workspace }: Pick<Scene, "workspace">,
  records: readonly string[],
): Promise<ReadonlyMap<string, Queued>> {
  const { rows } = await tx.query(
    `select record, entity, queue, state, agent, done_at from ${workspace.schema}._queued
     where record = any($1::uuid[]) order by record for update`,
    [records],
  );
  return new Map((rows as Queued[]).map((row) => [row.record, row]));
}

async function agentsAmong(tx: Connection, { workspace }: Scene, ids: readonly unknown[]) {
  const known = [...new Set(ids)].filter((it) => typeof it === "string");
  const { rows } = await tx.query(`select "user" from ${workspace.schema}._agent where "user" = any($1::uuid[])`, [
    known,
  ]);
  return new Set(rows.map(({ user }: { user: string }) => user));
}

/** Records that are done: whoever had them has room again, and those that wait are looked at. */
function left({ workspace, now }: Scene, records: readonly string[]): readonly Part[] {
  if (records.length === 0) return [];
  return [
    {
      sql: `update ${workspace.schema}._queued set done_at = $2::timestamptz, look_at = null where record = any($1::uuid[])`,
      parameters: [records, now],
    },
    wakeWaiting(workspace.schema, now),
  ];
}

const wokenMost = 100;

/** Those that have waited the longest are looked at now: somebody has room, has come, or can do more. */
export const wakeWaiting = (schema: string, now: Date): Part => ({
  sql: `update ${schema}._queued set look_at = $1::timestamptz where record in (
    select record from ${schema}._queued where done_at is null and state = 'waiting' and (look_at is null or look_at > $1::timestamptz)
    order by queue, rank, queued_at limit ${wokenMost} for update skip locked)`,
  parameters: [now],
});
