import { fault, problem, refuse, type Fault, type Values } from "engine";
import { queued, shown } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { flush } from "./commit.ts";
import { operate, type Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import type { Workspace } from "../workspace.ts";
import { read } from "./reading.ts";
import { patchRecords, isId } from "./records.ts";
import { lockQueued } from "./queued.ts";
import { isInTeam, wakeQueues, worksIn } from "./route-queues.ts";
import { entityOf, ready } from "./rows.ts";

/** Whether somebody takes work: she does, is away, or has let an offer pass. */
export const presences = ["available", "away", "missed"] as const;

/** What is changed of somebody who takes work. */
interface AgentChange {
  readonly presence?: (typeof presences)[number];
  readonly capacity?: number;
  readonly skills?: Readonly<Record<string, number>>;
}

/**
 * Those who take work from queues, with what they have now: for an admin all of them, for others who works in a queue of
 * theirs or reports to them, and they themselves.
 */
export async function listAgents({ workspace, model, access, principal }: ReadScene) {
  if (access.admin) return { items: await agentsWhere(workspace, "true") };
  const mine = [...model.queues.values()].filter(({ role }) => role === undefined || principal.roles.includes(role));
  const seen = `u.id = $1 or u.manager = $1 or exists (
    select from unnest($2::text[], $3::text[]) as q(role, team)
    where ${isInTeam(workspace.schema, "$1", "q.team")} and ${worksIn(workspace.schema, "q.role", "q.team")})`;
  const queues = [mine.map(({ role }) => role ?? null), mine.map(({ team }) => team ?? null)];
  return { items: await agentsWhere(workspace, seen, [principal.id, ...queues]) };
}

const agentOf = async (workspace: Workspace, id: string) => (await agentsWhere(workspace, "u.id = $1", [id]))[0];

interface Standing {
  readonly id: string;
  readonly load: number;
}

async function agentsWhere({ pool, schema }: Workspace, condition: string, values: readonly unknown[] = []) {
  const { rows } = await pool.query(
    `select u.id, u.name, a.presence, a.capacity, a.skills, a.since, coalesce(sum(w.weight), 0)::integer as load
     from ${schema}._agent a join ${schema}."user" u on u.id = a."user" and u.active and u.deleted_at is null
     left join ${schema}._queued w on w.agent = u.id and w.done_at is null and w.state in ('offered', 'assigned')
     where ${condition}
     group by u.id, u.name, a.presence, a.capacity, a.skills, a.since order by u.name, u.id`,
    [...values],
  );
  return rows as Standing[];
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
  return agentOf(workspace, id);
}

/** The queues that a reader may look into, with how many of the records that she sees wait in each and since when. */
export async function listQueues(scene: ReadScene) {
  const { workspace, model, access, principal } = scene;
  const readable = [...model.queues.values()].filter(({ entity }) => access.entity(entity));
  const counts = new Map<string, { waiting: number; mine: number; oldest_at: Date | null }>();
  for (const [name, them] of Map.groupBy(readable, ({ entity }) => entity)) {
    const anchors = them.map(({ $anchor }) => $anchor);
    const piece = queued.queuedCounts(readerOf(scene), model.entities.get(name)!, anchors, principal.id);
    for (const { queue, ...count } of await read<any>(scene, piece)) counts.set(queue, count);
  }
  return {
    items: readable
      .toSorted((one, other) => one.order - other.order)
      .map(({ $id, $anchor, title, entity, model: by }) => {
        const { waiting = 0, mine = 0, oldest_at = null } = counts.get($anchor) ?? {};
        return { name: $id, title, entity, model: by, waiting, mine, oldest_at };
      }),
    me: (await agentOf(workspace, principal.id)) ?? null,
  };
}

/** The records of a queue that a reader sees, as they wait or are worked on, in their order. */
export async function listQueued(scene: ReadScene, name: string) {
  const { queue, entity } = queueOf(scene, name);
  const reader = readerOf(scene);
  const rows = await read<{ record: string }>(scene, queued.queuedRows(reader, entity, queue.$anchor));
  const ids = rows.map(({ record }) => record);
  const seen = await read<{ record: Values }>(scene, shown.shownRows(reader, entity, ids));
  const records = new Map(seen.map(({ record }) => [String(record.id), record]));
  return {
    items: rows.flatMap(({ record, ...row }) => {
      const values = records.get(record);
      return values ? [{ ...row, record: values }] : [];
    }),
  };
}

/** A queue that a reader may look into, and whose records wait there. */
function queueOf({ model, access }: Pick<ReadScene, "model" | "access">, name: string) {
  const queue = model.queues.get(name);
  const entity = queue && model.entities.get(queue.entity);
  if (!queue || !entity || !access.entity(queue.entity)) throw problem("queue.unknown", { queue: name });
  return { queue, entity };
}

const readerOf = ({ workspace, model, access }: ReadScene) => ({ model, access, schema: workspace.schema });

/**
 * Why a record went where it went; nothing where no queue has had it. What people have and can take is told of those
 * alone whom the reader may list.
 */
export async function whyQueued(scene: ReadScene, record: string) {
  const { workspace, model } = scene;
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
  if (!found || !queue) return { queued: null };
  const listed = new Set((await listAgents(scene)).items.map(({ id }) => id));
  const { agent, why, load, capacity } = found;
  const told = {
    why: why && { ...why, people: why.people.filter(({ user }: { user: string }) => listed.has(user)) },
    ...(listed.has(agent) ? { load, capacity } : { load: null, capacity: null }),
  };
  return { queued: { ...found, ...told, queue: { name: queue.$id, title: queue.title } } };
}

/**
 * Takes the next record of a queue for whoever asks, of those that she sees and may change, whatever she has already.
 * Answers it; null where none waits.
 */
export async function takeNext(
  asking: ReadScene,
  name: string,
): Promise<{ readonly entity: string; readonly id: string } | null> {
  const { workspace, principal, now } = asking;
  const { queue } = queueOf(asking, name);
  const told = { kind: "queue", title: queue.title, now };
  const { result } = await operate(workspace, principal, told, async (tx, scene) => {
    const reader = { model: scene.model, access: scene.access, schema: workspace.schema };
    const entity = entityOf(scene, queue.entity);
    const { sql, parameters } = ready(scene, queued.nextQueued(reader, entity, queue.$anchor));
    const { rows } = await tx.query(sql, [...parameters]);
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
