import { holds, problem, queuesOf, rankOf, readQueue, skillsFor, withFormulas, type Queue, type Values } from "engine";
import type { QueueDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import { readDrafted, tryOut } from "./drafted.ts";
import type { Scene } from "./operation.ts";
import type { ReadScene } from "./read.ts";
import { isId } from "./records.ts";
import { agentsOf, lastOf, routeOne, waitingIn, worksIn, type Waiting } from "./route-queues.ts";
import { lockRecords } from "./rows.ts";
import { surroundings } from "./run.ts";

/**
 * Who would get a record by a queue that need not be published, and why: the record given, else the one that waits there
 * as the next, else any. With whoever works there, people among them who take nothing yet. Nothing is given to anybody.
 */
export async function previewQueue(
  { workspace, principal, now, model }: ReadScene,
  { queue: given, record }: Readonly<Record<string, unknown>>,
) {
  const document = readDrafted<QueueDocument>(model, "queue", given);
  const queue = readQueue(model, document);
  if (!queue) throw problem("queue.unknown", { queue: document.$id });
  const nothing = () => Promise.resolve();
  return tryOut(workspace, principal, now, nothing, async (tx, scene) => {
    const waiting = await waitingIn(tx, scene, queue);
    const id = typeof record === "string" && isId(record) ? record : waiting[0]?.record;
    const placed = id === undefined ? undefined : await placeOf(tx, scene, queue, id);
    const kept = waiting.find((it) => it.record === id);
    const row: Waiting = {
      record: id ?? "",
      queued_at: kept?.queued_at ?? now,
      weight: document.weight ?? 1,
      skills: placed?.skills ?? queue.skills.flatMap(({ when, wanted }) => (when ? [] : [wanted])),
      same: placed?.same ?? null,
      passed_by: kept?.passed_by ?? [],
    };
    const agents = await agentsOf(tx, scene, queue);
    const last = (await lastOf(tx, scene, [row])).get(row.same ?? "");
    const pointer = await pointerOf(tx, scene, document);
    const { agent, why } = routeOne(queue, row, { agents, pointer, last, now });
    const people = await peopleOf(tx, scene, document);
    const obstacles = new Map(why.people.map((it) => [it.user, it]));
    return {
      record: placed?.shown ?? null,
      waits: kept !== undefined,
      holds: placed?.holds ?? null,
      /** A queue that stands before this one and takes the record. */
      before: placed?.before ?? null,
      agent,
      wanted: why.wanted,
      relaxed: why.relaxed,
      people: people.map((it) => ({ ...it, ...standing(it, obstacles.get(it.id)) })),
    };
  });
}

/** A record as the queue finds it. Throws where the asker does not see it. */
async function placeOf(tx: Connection, scene: Scene, queue: Queue, id: string) {
  const { model, access } = scene;
  const { entity, document, paths } = queue;
  const seen = access?.entity(entity.name)?.rule("read");
  const found = await lockRecords(tx, scene, entity, { ids: [id], trash: "without", seen, loose: true });
  const record = found.get(id);
  if (!record) throw problem("record.missing", { entity: entity.name });
  const others = queuesOf(model, entity.name).filter((it) => it.document.$anchor !== document.$anchor);
  const read = [...paths, ...others.flatMap((it) => it.paths)];
  const environment = { ...(await surroundings(tx, scene, { entity, paths: read }, [record])), record };
  const within = withFormulas(model, entity, environment);
  const before = others.find((it) => it.document.order < document.order && holds(it.when, within));
  return {
    shown: { id, title: titleOf(queue, record), rank: rankOf(queue, record) },
    holds: holds(queue.when, within),
    before: before?.document.title ?? null,
    skills: skillsFor(model, queue, environment),
    same: document.same === undefined ? null : JSON.stringify(record[document.same] ?? null),
  };
}

const titleOf = ({ entity }: Queue, record: Values) => String(record[entity.nameField?.name ?? "id"] ?? record.id);

async function pointerOf(tx: Connection, { workspace: { schema } }: Scene, { $anchor }: QueueDocument) {
  const { rows } = await tx.query(`select pointer from ${schema}._queue where queue = $1`, [$anchor]);
  return (rows[0]?.pointer ?? null) as string | null;
}

interface Member {
  readonly id: string;
  readonly name: string;
  /** Null for somebody who has never said that she takes work. */
  readonly presence: string | null;
  readonly capacity: number | null;
  readonly skills: Readonly<Record<string, number>>;
}

/** Everybody who works in a queue, by name, a hundred at most. */
async function peopleOf(tx: Connection, { workspace: { schema } }: Scene, { role, team }: QueueDocument) {
  const { rows } = await tx.query(
    `select u.id, u.name, a.presence, a.capacity, coalesce(a.skills, '{}') as skills
     from ${schema}."user" u left join ${schema}._agent a on a."user" = u.id
     where u.active and u.deleted_at is null and ${worksIn(schema, "$1", "$2")}
     order by u.name, u.id limit 100`,
    [role ?? null, team ?? null],
  );
  return rows as Member[];
}

/** What stands against somebody: `idle` where she has never said that she takes work. */
const standing = (
  { presence }: Member,
  found: { readonly load: number; readonly obstacle: string | null } | undefined,
) => ({ load: found?.load ?? 0, obstacle: found ? found.obstacle : presence === null ? "idle" : "busy" });
