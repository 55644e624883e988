import {
  answerFaults,
  complete,
  fault,
  machineOf,
  mayAct,
  outputOf,
  problem,
  refuse,
  type Entity,
  type Fault,
  type TaskAct,
  type TaskStatus,
  type Values,
} from "engine";
import { answered } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import { insertEvents } from "./chronicle.ts";
import { stage } from "./commit.ts";
import { askerOf, authorOf, type Scene } from "./operation.ts";
import { isId } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { lockRunById, snapshotOf, surroundings, type StoredRun } from "./run.ts";
import { carryOut, plain } from "./step.ts";
import { toldPart } from "./tasks.ts";

/** A task that is being acted on: its row and its record, both locked, and the run that waits for it. */
interface Held {
  readonly id: string;
  readonly run: string;
  readonly invocation: string;
  readonly title: string;
  readonly status: TaskStatus;
  readonly form: object | null;
  readonly entity: Entity;
  readonly record: Values;
}

/** To whom a task is given: a person, a role or a queue. */
export interface Receiver {
  readonly assignee?: string;
  readonly role?: string;
  readonly queue?: string;
}

/** Takes a task that waits for a role or a queue. Of several who take it at once, one has it. */
export async function claimTask(tx: Connection, scene: Scene, id: string): Promise<void> {
  const task = await hold(tx, scene, id, "claim");
  await change(tx, scene, task, "task.claimed", "status = 'claimed', claimed_by = $2", [askerOf(scene)]);
}

/** Lets a task go again, for others of its role or queue to take. */
export async function releaseTask(tx: Connection, scene: Scene, id: string): Promise<void> {
  const task = await hold(tx, scene, id, "release");
  await change(tx, scene, task, "task.released", "status = 'open', claimed_by = null", []);
}

/** Gives a task to another person, role or queue, who is told. */
export async function reassignTask(tx: Connection, scene: Scene, id: string, to: Receiver): Promise<void> {
  const task = await hold(tx, scene, id, "reassign");
  const { assignee = null, role = null, queue = null } = to;
  await checkReceiver(tx, scene, to);
  const set = "status = 'open', claimed_by = null, assignee = $2, role = $3, queue = $4";
  await change(tx, scene, task, "task.reassigned", set, [assignee, role, queue]);
  if (assignee !== null && assignee !== authorOf(scene))
    await stage(tx, scene, [
      toldPart(scene, task.entity.name, [{ to: assignee, title: task.title, record: String(task.record.id) }]),
    ]);
}

/** Reads a body: one of `assignee`, `role` and `queue`. Tells all that is wrong with it. */
export function readReceiver(body: Readonly<Record<string, unknown>>): Receiver {
  const known = ["assignee", "role", "queue"];
  const faults: Fault[] = Object.keys(body)
    .filter((name) => !known.includes(name))
    .map((name) => fault("task.value", { wanted: "nothing of this name", path: `/${name.slice(0, 80)}` }));
  const given = known.filter((name) => body[name] !== undefined && body[name] !== null);
  if (given.length !== 1) faults.push(fault("task.value", { wanted: "a person, a role or a queue", path: "" }));
  for (const name of given)
    if (typeof body[name] !== "string" || (name !== "role" && !isId(body[name])))
      faults.push(fault("task.value", { wanted: name === "role" ? "the name of a role" : "an id", path: `/${name}` }));
  refuse(faults);
  return Object.fromEntries(given.map((name) => [name, body[name]]));
}

async function checkReceiver(tx: Connection, { workspace, model }: Scene, to: Receiver): Promise<void> {
  const { assignee, role, queue } = to;
  if (role !== undefined) {
    if (role !== "admin" && !model.roles.has(role))
      throw problem("role.unknown", { role: role.slice(0, 80), path: "/role" });
    return;
  }
  const { rows } = await tx.query(
    `select queue_of is not null as queue from ${workspace.schema}."user" where id = $1 and active and deleted_at is null`,
    [assignee ?? queue],
  );
  const found = (rows as { readonly queue: boolean }[])[0];
  if (assignee !== undefined && (!found || found.queue))
    throw problem("task.value", { wanted: "a person of this workspace who is active", path: "/assignee" });
  if (queue !== undefined && !found?.queue) throw problem("task.value", { wanted: "a queue", path: "/queue" });
}

/**
 * Does a task: what was answered goes into its run as the end of what the run waited for, in one transaction with the
 * step that follows from it.
 */
export async function completeTask(tx: Connection, scene: Scene, id: string, values: Values): Promise<string> {
  const task = await hold(tx, scene, id, "complete");
  refuse(answerFaults(task.form as Parameters<typeof answerFaults>[0], values));
  const { schema } = scene.workspace;
  const record = String(task.record.id);
  const run = await lockRunById(tx, scene, task.run);
  const machine = run && machineOf(scene.model, run.workflow, run.version);
  if (!run || !machine) throw problem("run.missing", {});
  const [by, asker] = [authorOf(scene), askerOf(scene)];
  const output = outputOf(values, by, asker);
  const around = await surroundings(tx, scene, machine, [task.record]);
  const step = await answered(tx, scene, { ...around, record: task.record }, (asked) =>
    complete(machine, snapshotOf(run), task.invocation, { output }, asked),
  );
  const event = { type: "task.done", data: { task: task.invocation, title: task.title } };
  const move = { run: run.id, record, revision: run.revision + 1, event, before: run as StoredRun, step };
  await carryOut(tx, scene, machine, { move, before: task.record, given: {} });
  await stage(tx, scene, [
    {
      sql: `update ${schema}._task t set status = 'done', output = $2::jsonb, done_by = $3::uuid, done_for = $4::uuid,
          ended_at = $5::timestamptz, ended_revision = $6::integer where t.id = $1::uuid`,
      parameters: [id, JSON.stringify(output), by, asker === by ? null : asker, scene.now, move.revision],
    },
  ]);
  return task.entity.name;
}

/** The task for somebody who acts on it, record first, as whoever moves a record locks it. Throws where she may not. */
async function hold(tx: Connection, scene: Scene, id: string, act: TaskAct): Promise<Held> {
  const { schema } = scene.workspace;
  const { rows: found } = isId(id)
    ? await tx.query(
        `select r.entity, k.record from ${schema}._task k join ${schema}._run r on r.id = k.run where k.id = $1`,
        [id],
      )
    : { rows: [] };
  const place = found[0] as { readonly entity: string; readonly record: string } | undefined;
  const rights = place && scene.access?.entity(place.entity);
  if (!place || !rights) throw problem("task.missing", {});
  const entity = entityOf(scene, place.entity);
  const records = await lockRecords(tx, scene, entity, {
    ids: [place.record],
    trash: "without",
    seen: rights.rule("read"),
  });
  const record = records.get(place.record);
  if (!record) throw problem("task.missing", {});
  const task = await lockTask(tx, scene, id);
  const { status, assignee, claimed_by: claimedBy, among } = task;
  const asker = { id: askerOf(scene) ?? "", admin: scene.access?.admin ?? true };
  if (status === "done" || status === "cancelled") throw problem("task.closed", { status });
  if (!mayAct({ status, assignee, claimedBy, among }, asker).includes(act)) {
    if (among && claimedBy !== null && claimedBy !== asker.id)
      throw problem("task.taken", { by: task.taker ?? "Somebody" });
    throw problem("task.not_yours", { act });
  }
  return { ...task, entity, record: plain(record) };
}

interface TaskRow extends Omit<Held, "entity" | "record"> {
  readonly assignee: string | null;
  readonly claimed_by: string | null;
  readonly taker: string | null;
  readonly among: boolean;
}

async function lockTask(tx: Connection, { workspace, principal }: Scene, id: string): Promise<TaskRow> {
  const { schema } = workspace;
  const { rows } = await tx.query(
    `select k.id, k.run, k.invocation, k.title, k.status, k.form, k.assignee, k.claimed_by,
       (select u.name from ${schema}."user" u where u.id = k.claimed_by) as taker,
       coalesce(k.role = any($2::text[]) or k.queue = any(array(select q.id from ${schema}.user_team m
         join ${schema}."user" q on q.queue_of = m.team
         where m."user" = $3 and m.deleted_at is null and q.deleted_at is null)), false) as among
     from ${schema}._task k where k.id = $1 for update of k`,
    [id, principal.roles, principal.id],
  );
  const [task] = rows as TaskRow[];
  if (!task) throw problem("task.missing", {});
  return task;
}

/** Changes who has a task, and tells whoever looks at its record. */
async function change(
  tx: Connection,
  scene: Scene,
  { id, entity, record, invocation }: Held,
  type: string,
  set: string,
  values: readonly unknown[],
): Promise<void> {
  await tx.query(`update ${scene.workspace.schema}._task set ${set} where id = $1`, [id, ...values]);
  const version = Number(record.version);
  const data = { fields: [], data: { task: invocation } };
  await stage(
    tx,
    scene,
    insertEvents(scene, [{ entity: entity.name, record: String(record.id), type, version, data }]),
  );
}
