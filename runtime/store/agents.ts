import { fault, problem, refuse, type Fault, type Values } from "engine";
import { shown } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { operate, type Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";
import { patchRecords, isId } from "./records.ts";
import { lockQueued } from "./queued.ts";
import { wakeQueues } from "./route-queues.ts";

/** Whether somebody takes work: she does, is away, or has let an offer pass. */
export const presences = ["available", "away", "missed"] as const;

/** What is changed of somebody who takes work. */
interface AgentChange {
  readonly presence?: (typeof presences)[number];
  readonly capacity?: number;
  readonly skills?: Readonly<Record<string, number>>;
}

/** Those who take work from queues, with what they have now. */
export async function listAgents({ workspace: { pool, schema } }: ReadScene) {
  const { rows } = await pool.query(
    `select u.id, u.name, a.presence, a.capacity, a.skills, a.since, coalesce(sum(q.weight), 0)::integer as load
     from ${schema}._agent a join ${schema}."user" u on u.id = a."user" and u.active and u.deleted_at is null
     left join ${schema}._queued q on q.agent = u.id and q.done_at is null and q.state in ('offered', 'assigned')
     group by u.id, u.name, a.presence, a.capacity, a.skills, a.since order by u.name, u.id`,
  );
  return { items: rows };
}

/** Reads what is said of somebody who takes work. What it does not know it refuses. */
export function readAgent({ presence, capacity, skills, ...others }: Readonly<Record<string, unknown>>): AgentChange {
  const faults: Fault[] = Object.keys(others).map((name) =>
    fault("agent.value", { wanted: "nothing of this name", path: `/${name.slice(0, 80)}` }),
  );
  const bad = (wanted: string, path: string) => faults.push(fault("agent.value", { wanted, path }));
  if (presence !== undefined && !["available", "away"].includes(presence as string))
    bad("available or away", "/presence");
  const whole = (value: unknown, most: number) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
  if (capacity !== undefined && !whole(capacity, 1000)) bad("a whole number from 0 to 1000", "/capacity");
  const levels = Object.entries((skills ?? {}) as object);
  if (
    skills !== undefined &&
    (typeof skills !== "object" || levels.some(([, level]) => !whole(level, 10)) || levels.length > 100)
  )
    bad("levels from 0 to 10 by the skill", "/skills");
  refuse(faults);
  return { presence, capacity, skills } as AgentChange;
}

/** Says of somebody whether she takes work, how much and what she can. Those that wait are looked at anew. */
export async function changeAgent({ workspace, principal, now }: ReadScene, id: string, change: AgentChange) {
  const own = id === principal.id && change.capacity === undefined && change.skills === undefined;
  if (!own && !principal.roles.includes("admin")) throw problem("right.missing", { right: "say what others take on" });
  const told = { kind: "agent", title: "Say who takes work", now, unbounded: true };
  await operate(workspace, principal, told, async (tx, scene) => {
    const { schema } = workspace;
    const { rows } = await tx.query(
      `select 1 from ${schema}."user" where id::text = $1 and active and deleted_at is null`,
      [id],
    );
    if (rows.length === 0) throw problem("record.missing", { entity: "user" });
    await tx.query(
      `insert into ${schema}._agent ("user", presence, capacity, skills, since, idle_since)
       values ($1, coalesce($2, 'away'), coalesce($3, 5), coalesce($4::jsonb, '{}'), $5, $5)
       on conflict ("user") do update set presence = coalesce($2, _agent.presence),
         capacity = coalesce($3, _agent.capacity), skills = coalesce($4::jsonb, _agent.skills),
         since = case when $2 is null then _agent.since else $5 end`,
      [id, change.presence, change.capacity, change.skills && JSON.stringify(change.skills), now],
    );
    await wakeQueues(tx, scene);
  });
  const { items } = await listAgents({ workspace } as ReadScene);
  return items.find((it: { id: string }) => it.id === id);
}

/** The queues that a reader may look into, with how many wait in each and since when. */
export async function listQueues({ workspace, model, access, principal }: ReadScene) {
  const { pool, schema } = workspace;
  const readable = [...model.queues.values()].filter(({ entity }) => access.entity(entity));
  const { rows } = await pool.query(
    `select queue, count(*) filter (where state = 'waiting')::integer as waiting,
       count(*) filter (where agent = $2 and state = 'assigned')::integer as mine,
       min(queued_at) filter (where state = 'waiting') as oldest_at
     from ${schema}._queued where done_at is null and queue = any($1::text[]) group by queue`,
    [readable.map(({ $anchor }) => $anchor), principal.id],
  );
  const counts = new Map(rows.map((row) => [row.queue as string, row]));
  const { items } = await listAgents({ workspace } as ReadScene);
  return {
    items: readable
      .toSorted((one, other) => one.order - other.order)
      .map(({ $id, $anchor, title, entity, model: by }) => {
        const { waiting = 0, mine = 0, oldest_at = null } = counts.get($anchor) ?? {};
        return { name: $id, title, entity, model: by, waiting, mine, oldest_at };
      }),
    me: items.find((it: { id: string }) => it.id === principal.id) ?? null,
  };
}

/** The records of a queue that a reader sees, as they wait or are worked on, in their order. */
export async function listQueued(scene: ReadScene, name: string) {
  const { workspace, model, access } = scene;
  const queue = model.queues.get(name);
  const entity = queue && model.entities.get(queue.entity);
  if (!queue || !entity || !access.entity(queue.entity)) throw problem("queue.unknown", { queue: name });
  const { rows } = await workspace.pool.query(
    `select record, state, agent, queued_at, until from ${workspace.schema}._queued
     where queue = $1 and done_at is null order by state desc, rank, queued_at, record limit 200`,
    [queue.$anchor],
  );
  const reader = { model, access, schema: workspace.schema };
  const ids = rows.map(({ record }) => record as string);
  const seen = await read<{ record: Values }>(scene, shown.shownRows(reader, entity, ids));
  const records = new Map(seen.map(({ record }) => [String(record.id), record]));
  return {
    items: rows.flatMap(({ record, ...row }) => {
      const values = records.get(record as string);
      return values ? [{ ...row, record: values }] : [];
    }),
  };
}

/** Why a record went where it went; nothing where no queue has had it. */
export async function whyQueued({ workspace, model }: ReadScene, record: string) {
  const { rows } = await workspace.pool.query(
    `select q.queue, q.state, q.queued_at, q.since, q.until, q.why, u.id as agent, u.name as agent_name, a.capacity,
       (select sum(o.weight)::integer from ${workspace.schema}._queued o
        where o.agent = q.agent and o.done_at is null and o.state in ('offered', 'assigned')) as load
     from ${workspace.schema}._queued q left join ${workspace.schema}."user" u on u.id = q.agent
     left join ${workspace.schema}._agent a on a."user" = q.agent where q.record::text = $1`,
    [record],
  );
  const [found] = rows;
  const queue = [...model.queues.values()].find(({ $anchor }) => $anchor === found?.queue);
  return { queued: found && queue ? { ...found, queue: { name: queue.$id, title: queue.title } } : null };
}

/** Takes the next record of a queue for whoever asks, whatever she has already. Answers it; null where none waits. */
export async function takeNext(
  { workspace, principal, now, model }: ReadScene,
  name: string,
): Promise<{ readonly entity: string; readonly id: string } | null> {
  const queue = model.queues.get(name);
  if (!queue) throw problem("queue.unknown", { queue: name });
  const told = { kind: "queue", title: queue.title, now };
  const { result } = await operate(workspace, principal, told, async (tx, scene) => {
    const { rows } = await tx.query(
      `select record from ${workspace.schema}._queued where queue = $1 and done_at is null and state = 'waiting'
       order by rank, queued_at, record limit 1 for update skip locked`,
      [queue.$anchor],
    );
    const id = rows[0]?.record as string | undefined;
    if (id === undefined) return null;
    await takeOne(tx, scene, queue.entity, id);
    return { entity: queue.entity, id };
  });
  return result;
}

/** Takes a record that is in a queue for whoever asks, with whomever it is and whatever she has already. */
export async function takeRecord({ workspace, principal, now }: ReadScene, entity: string, id: string): Promise<void> {
  const told = { kind: "queue", title: "Take", now };
  await operate(workspace, principal, told, (tx, scene) => takeOne(tx, scene, entity, id));
}

/** Hers before already or not: from now on she works on it. */
async function takeOne(tx: Connection, scene: Scene, entity: string, id: string): Promise<void> {
  const { workspace, principal, now } = scene;
  await give(tx, scene, entity, id, principal.id);
  await flush(tx, scene);
  await tx.query(
    `update ${workspace.schema}._queued set state = 'assigned', agent = $2, since = $3, until = null, look_at = null
     where record = $1 and done_at is null`,
    [id, principal.id, now],
  );
}

/** Lets a record that was offered to whoever asks pass, or gives one that she has back; it keeps its age. */
export async function passOn({ workspace, principal, now }: ReadScene, record: string): Promise<void> {
  const told = { kind: "queue", title: "Give back", now };
  await operate(workspace, principal, told, async (tx, scene) => {
    const row = isId(record) ? (await lockQueued(tx, scene, [record])).get(record) : undefined;
    if (!row || row.done_at !== null || row.agent !== principal.id) throw problem("queue.not_yours", {});
    if (row.state === "assigned") await give(tx, scene, row.entity, record, null);
    await tx.query(
      `update ${workspace.schema}._queued set state = 'waiting', agent = null, until = null, passed_by = passed_by || $2::uuid,
         look_at = $3 where record = $1`,
      [record, principal.id, now],
    );
  });
}

async function give(tx: Connection, scene: Scene, entity: string, id: string, owner: string | null): Promise<void> {
  await patchRecords(tx, scene, entity, [{ id, input: { owner }, path: "" }]);
}
