import { accessFor, Problem, type Principal } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import type { Part } from "./commit.ts";
import type { Due, DueKind } from "./due.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { send } from "./step.ts";

/** An event with a run that waits for it. */
interface Heard extends Due {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
  readonly source: "integration" | "run";
  readonly by: string | null;
}

/** Events that runs wait for by a key: each run hears of each once, by the rights of whoever sent it. */
export const heard: DueKind<Heard> = {
  isDue: async ({ pool, schema }) => {
    const { rows } = await pool.query(`select exists (select from ${schema}._heard where not settled) as due`);
    return rows[0].due;
  },
  waiting: async (tx, { schema }, now, most) => {
    const { rows } = await tx.query(
      `select h.id, h.event, h.data, h.source, h.by, l.run, r.workflow, r.version, r.entity, r.record
       from ${schema}._heard h join ${schema}._listening l on l.key = h.key and l.event = h.event and l.since <= h.until
         join ${schema}._run r on r.id = l.run and r.entity = h.entity
       where not h.settled and not exists (select from ${schema}._hearing g where g.heard = h.id and g.run = l.run)
       order by h.at, h.id, l.run limit ${most}`,
    );
    if (rows.length === 0)
      await tx.query(`update ${schema}._heard set settled = true where not settled and until < $1`, [now]);
    return rows as Heard[];
  },
  move: hearOne,
  // Each is sent by the rights of its own sender.
  moveTogether: (_tx, _moving, dues) => Promise.resolve(dues),
  putOff: async (tx, { schema }, one, { now, error }) => {
    await noteHearing(tx, schema, one, { at: now, error: error instanceof Error ? error.message : String(error) });
  },
};

/** What is refused before anything is written: the run does not want it there, or its sender may not send it. */
const refusals: ReadonlySet<string> = new Set(["event.refused", "record.missing", "right.missing", "run.missing"]);

async function hearOne(tx: Connection, scene: Scene, one: Heard): Promise<void> {
  const { workspace, model, now } = scene;
  await noteHearing(tx, workspace.schema, one, { at: now, operation: scene.operation });
  const principal = one.by === null ? scene.principal : await senderOf(tx, workspace, one.by);
  if (!principal) return;
  const access = one.by === null ? undefined : accessFor(model, principal);
  const { entity, record, event: type, data, source, run } = one;
  try {
    const sent = { type, values: undefined, data: data ?? undefined, version: undefined, source, run };
    await send(tx, { ...scene, principal, access }, entity, record, sent);
  } catch (error) {
    if (!(error instanceof Problem) || !refusals.has(error.faults[0].code)) throw error;
    return noteHearing(tx, workspace.schema, one, { at: now, error: error.message });
  }
  await keepOperation(
    tx,
    { ...scene, principal },
    { kind: "move", title: `Move ${model.entities.get(entity)?.title ?? entity}` },
  );
}

async function noteHearing(
  tx: Connection,
  schema: string,
  { id, run }: Heard,
  { at, operation, error }: { readonly at: Date; readonly operation?: string; readonly error?: string },
) {
  await tx.query(
    `insert into ${schema}._hearing (heard, run, at, operation, error) values ($1, $2, $3, $4, $5)
     on conflict (heard, run) do update set operation = excluded.operation, error = excluded.error`,
    [id, run, at, operation ?? null, error?.slice(0, 1000) ?? null],
  );
}

/** An operation and those that runs have made of what it told them, and of what these told others, as they happened. */
export async function toldBy(tx: Connection, { schema }: Workspace, operation: string): Promise<readonly string[]> {
  const { rows } = await tx.query(
    `with recursive told (id) as (
       select $1::uuid
       union
       select g.operation from told t join ${schema}._heard h on h.operation = t.id
         join ${schema}._hearing g on g.heard = h.id join ${schema}._operation o on o.id = g.operation and o.undone_by is null)
     select id from told order by id`,
    [operation],
  );
  return (rows as { id: string }[]).map(({ id }) => id);
}

/** What an operation has told runs is not heard by any more of them. */
export const unheard = ({ schema }: Workspace, operation: string): Part => ({
  sql: `update ${schema}._heard set settled = true where operation = $1::uuid and not settled`,
  parameters: [operation],
});

/** Whoever sent it, with the roles of now; nobody where she is gone. */
async function senderOf(tx: Connection, { schema }: Workspace, id: string): Promise<Principal | undefined> {
  const { rows } = await tx.query(
    `select id, name, coalesce(roles, '{}') as roles from ${schema}."user" where id = $1 and active and deleted_at is null`,
    [id],
  );
  return rows[0] && { ...(rows[0] as Pick<Principal, "id" | "name" | "roles">), via: "engine" };
}

/** Forgets events that nobody waits for any more. */
export async function sweepHeard({ pool, schema }: Workspace, now: Date): Promise<void> {
  const old = new Date(now.getTime() - 30 * 86_400_000);
  await pool.query(
    `delete from ${schema}._hearing where heard in (select id from ${schema}._heard where settled and until < $1)`,
    [old],
  );
  await pool.query(`delete from ${schema}._heard where settled and until < $1`, [old]);
}
