import { standing, valueAt, type Machine, type Values } from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { flush } from "./commit.ts";
import { incidentPart } from "./incidents.ts";
import { isBeginning, isFact, type Noted } from "./heed.ts";
import type { Scene } from "./operation.ts";

/** The event of the inbox that tells a workflow of a change of its record once more. */
export const heeding = "record.heed";

/** A workflow that could not take what it was told. */
export interface Parking {
  readonly one: Noted;
  readonly machine: Machine;
  readonly error: unknown;
}

/**
 * Parks what a workflow was told and failed at, for a person to look at: the row of the inbox keeps what it
 * was told. Where no run was there to hear it, one is kept that has not begun (`parked`, revision 0).
 */
export async function park(tx: Connection, scene: Scene, { one, machine, error }: Parking): Promise<void> {
  const { schema } = scene.workspace;
  await flush(tx, scene);
  const { rows } = await tx.query(
    `select id from ${schema}._run where record = $1 and workflow = $2 and status in ('active', 'parked')
     order by status, started_at limit 1`,
    [recordOf(one), machine.id],
  );
  const run = (rows[0]?.id as string | undefined) ?? (await keepUnbegun(tx, scene, machine, one));
  const source = newId(scene.now);
  const title = machine.document.meta.title;
  const told = error instanceof Error ? error.message : String(error);
  const event = { type: heeding, data: { name: title, noted: one }, effect: "", keep: {} };
  await tx.query(
    `insert into ${schema}._inbox (id, run, event, at, due_at, held, error) values ($1, $2, $3, $4, $4, true, $5)`,
    [source, run, JSON.stringify(event), scene.now, told],
  );
  const part = incidentPart(schema, { kind: "told", source, run, title, error: told }, scene.now);
  await tx.query(part.sql, [...part.parameters]);
}

/** What was told once, to be told again: a change as the record stands by now. */
export function toldAgain(one: Noted, now: Values): Noted {
  if (isBeginning(one)) return one;
  return isFact(one) ? { ...one, at: new Date(one.at) } : { ...one, is: now };
}

const recordOf = (one: Noted) => (isFact(one) ? one.record : one.id);

async function keepUnbegun(tx: Connection, scene: Scene, machine: Machine, one: Noted): Promise<string> {
  const { workspace, model, now } = scene;
  const run = newId(now);
  const value = valueAt(machine.document, []);
  const at = [standing(machine.document, value), JSON.stringify(value), JSON.stringify(machine.document.context ?? {})];
  await tx.query(
    `insert into ${workspace.schema}._run (id, workflow, version, entity, record, state, value, context, status, revision,
       started_at, entered_at) values ($1, $2, $3, $4, $5, $6, $7, $8, 'parked', 0, $9, $9)`,
    [run, machine.id, model.version, one.entity, recordOf(one), ...at, now],
  );
  return run;
}

/** What becomes of a run that had not begun, once what it was told has been taken: it is the one that has begun since. */
export async function unpark(tx: Connection, scene: Scene, run: string): Promise<void> {
  const { schema } = scene.workspace;
  await flush(tx, scene);
  const { rows } = await tx.query(
    `select o.id from ${schema}._run r join ${schema}._run o on o.record = r.record and o.workflow = r.workflow
     where r.id = $1 and o.revision > 0 and o.parent is null order by o.started_at desc, o.id desc limit 1`,
    [run],
  );
  const [begun] = rows as { readonly id: string }[];
  if (!begun) {
    await tx.query(`update ${schema}._run set status = 'stopped' where id = $1 and status = 'parked'`, [run]);
    return;
  }
  await tx.query(`update ${schema}._inbox set run = $2 where run = $1`, [run, begun.id]);
  await tx.query(`update ${schema}._incident set run = $2 where run = $1`, [run, begun.id]);
  await tx.query(`delete from ${schema}._run where id = $1 and status = 'parked'`, [run]);
}
