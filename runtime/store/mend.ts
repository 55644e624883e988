import { jump, machineOf, problem } from "engine";
import type { Connection } from "../database/pool.ts";
import { commit, type Part } from "./commit.ts";
import { closePart, lockIncident, type Incident, type IncidentStatus } from "./incidents.ts";
import type { Scene } from "./operation.ts";
import { inboxPart, type Errand } from "./outbox.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { lockRunById, snapshotOf, surroundings, type Moved } from "./run.ts";
import { carryOut, plain } from "./step.ts";

/** Has what has stopped tried anew, as if for the first time. */
export async function retry(tx: Connection, scene: Scene, id: string): Promise<void> {
  const incident = await lockIncident(tx, scene, id);
  await commit(tx, [anew(scene, incident), closePart(scene, id, "retried", null)], scene.model);
}

function anew({ workspace: { schema }, now }: Scene, { kind, source, run }: Incident): Part {
  if (kind === "effect")
    return {
      sql: `update ${schema}._effect set status = 'waiting', attempts = 0, uncertain = false, round = round + 1,
        due_at = $2::timestamptz, error = null, answer = null, lease_until = null where id = $1::uuid and status = 'failed'`,
      parameters: [source, now],
    };
  if (kind === "told")
    return {
      sql: `update ${schema}._inbox set held = false, attempts = 0, due_at = $2::timestamptz where id = $1::text and done_at is null`,
      parameters: [source, now],
    };
  return {
    sql: `update ${schema}._timer set held = false, attempts = 0, error = null, due_at = $3::timestamptz where run = $1::uuid and name = $2::text`,
    parameters: [run, source, now],
  };
}

/** Leaves out what has stopped: the run goes on as if an effect had been done, with the output that is given. */
export async function skip(tx: Connection, scene: Scene, id: string, output: unknown): Promise<void> {
  const incident = await lockIncident(tx, scene, id);
  const { schema } = scene.workspace;
  const parts = [leftOut(scene, incident), unbegunPart(scene, incident), closePart(scene, id, "skipped", { output })];
  if (incident.kind === "effect") {
    const { rows } = await tx.query(
      `select id, key, kind, run, round + 1 as round, asked from ${schema}._effect where id = $1`,
      [incident.source],
    );
    for (const errand of rows as Errand[])
      parts.push(inboxPart(schema, errand, { status: "skipped", output }, scene.now));
  }
  await commit(tx, parts, scene.model);
}

/** A run that has not begun for what was to begin it does not begin any more. */
function unbegunPart({ workspace: { schema } }: Scene, { run }: Incident): Part {
  return {
    sql: `update ${schema}._run set status = 'stopped' where id = $1::uuid and status = 'parked'`,
    parameters: [run],
  };
}

function leftOut({ workspace: { schema }, now }: Scene, { kind, source, run }: Incident): Part {
  if (kind === "effect")
    return {
      sql: `update ${schema}._effect set status = 'skipped', error = 'person', round = round + 1 where id = $1::uuid and status = 'failed'`,
      parameters: [source],
    };
  if (kind === "told")
    return {
      sql: `update ${schema}._inbox set done_at = $2::timestamptz, error = 'person' where id = $1::text and done_at is null`,
      parameters: [source, now],
    };
  return { sql: `delete from ${schema}._timer where run = $1::uuid and name = $2::text`, parameters: [run, source] };
}

/** Puts the run into another state, without doing what entering it would do; what has stopped is left out. */
export async function moveOn(tx: Connection, scene: Scene, id: string, state: string): Promise<void> {
  const incident = await lockIncident(tx, scene, id);
  const entity = entityOf(scene, incident.entity);
  const engines: Scene = { ...scene, access: undefined };
  const run = await lockRunById(tx, engines, incident.run);
  const machine = run && machineOf(scene.model, run.workflow, run.version);
  const rows = await lockRecords(tx, engines, entity, { ids: [incident.record], trash: "without" });
  const before = rows.get(incident.record);
  if (!run || !before || !machine) throw problem("record.missing", { entity: entity.name });
  const values = plain(before);
  const around = await surroundings(tx, engines, machine, [values]);
  const step = jump(machine, snapshotOf(run), state, { ...around, record: values });
  const event = { type: "incident", data: { incident: id } };
  const move: Moved = {
    run: run.id,
    record: incident.record,
    revision: run.revision + 1,
    event,
    before: run,
    step,
  };
  await carryOut(tx, engines, machine, { move, before, given: {} });
  const status: IncidentStatus = "moved";
  await commit(tx, [leftOut(scene, incident), closePart(scene, id, status, { state })], scene.model);
}
