import {
  documentsIn,
  policiesOn,
  readKept,
  shownValues,
  type Alarm,
  type Entity,
  type Model,
  type RecordWrite,
  type Values,
} from "engine";
import { transaction } from "../database/begin.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { clockParts, lockClocks, type ClockOf } from "./clocks.ts";
import { flush, stage, type Part } from "./commit.ts";
import { againAfterMs, engineScene, lockFree, type Moves } from "./due.ts";
import { inserted, type Filling } from "./insertion.ts";
import { sharedVersion, sharing } from "./model-lock.ts";
import { keepOperation, type Scene } from "./operation.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { settle } from "./settle.ts";
import { writeRecords } from "./write.ts";

const batchRows = 200;
const open = "next_at <= $1 and not held";

/** Whether a clock has something to tell. */
export async function clocksRing({ pool, schema }: Workspace, now: Date): Promise<boolean> {
  const { rows } = await pool.query(`select exists (select from ${schema}._clock where ${open}) as due`, [now]);
  return rows[0].due;
}

/**
 * Tells what clocks have to tell, each warning and each breach once: the fields that show them, the runs of their records
 * that know the events `clock.warned` and `clock.breached`, and the people whom their policies name. Records that others
 * are at are left for the next round, so two workers share the work. What fails does so alone and is tried again later.
 */
export async function ringClocks(workspace: Workspace, now: Date): Promise<Moves> {
  const batch = async (tx: Connection, opened: readonly any[]) => {
    if (sharedVersion(opened) !== workspace.model.version) await workspace.refresh();
    const { rows } = await tx.query(
      `select distinct on (record) entity, record from (select entity, record from ${workspace.schema}._clock
       where ${open} order by next_at limit ${batchRows}) as due`,
      [now],
    );
    const failures: unknown[] = [];
    let count = 0;
    for (const [entity, them] of Map.groupBy(rows as { entity: string; record: string }[], (it) => it.entity)) {
      if (!workspace.model.entities.has(entity)) continue;
      const scene = engineScene(workspace, workspace.model, now);
      const free = await lockFree(
        tx,
        scene,
        entity,
        them.map(({ record }) => record),
      );
      failures.push(...(await ringApart(tx, scene, entity, free)));
      count += free.length;
    }
    return { count, failures };
  };
  return transaction(workspace.pool, "bulk", batch, sharing(workspace));
}

/** Rings all of some records, or, where that fails, each half by itself. */
async function ringApart(
  tx: Connection,
  scene: Scene,
  entity: string,
  records: readonly string[],
): Promise<readonly unknown[]> {
  if (records.length === 0) return [];
  await tx.query("savepoint clocks");
  try {
    const fresh: Scene = { ...engineScene(scene.workspace, scene.model, scene.now), staged: [] };
    await ring(tx, fresh, entityOf(fresh, entity), records);
    await settle(tx, fresh);
    await flush(tx, fresh);
    await tx.query("release savepoint clocks");
    return [];
  } catch (error) {
    await tx.query("rollback to savepoint clocks");
    await tx.query("release savepoint clocks");
    if (records.length > 1) {
      const half = Math.ceil(records.length / 2);
      const first = await ringApart(tx, scene, entity, records.slice(0, half));
      return [...first, ...(await ringApart(tx, scene, entity, records.slice(half)))];
    }
    await tx.query(`update ${scene.workspace.schema}._clock set next_at = $2 where record = $1 and next_at <= $3`, [
      records[0],
      new Date(scene.now.getTime() + againAfterMs),
      scene.now,
    ]);
    return [error];
  }
}

/** An alarm of a clock that goes off now. */
interface Ringing {
  readonly clock: ClockOf;
  readonly alarm: Alarm;
}

async function ring(tx: Connection, scene: Scene, entity: Entity, ids: readonly string[]): Promise<void> {
  const { model, now } = scene;
  const rows = await lockRecords(tx, scene, entity, { ids, trash: "without" });
  const gone = ids.filter((id) => !rows.has(id));
  if (gone.length > 0)
    await stage(tx, scene, [
      {
        sql: `update ${scene.workspace.schema}._clock set held = true where record = any($1::uuid[])`,
        parameters: [gone],
      },
    ]);
  const clocks = await lockClocks(tx, scene, [...rows.keys()]);
  const ringing: Ringing[] = [];
  const rung: ClockOf[] = [];
  const writes: RecordWrite[] = [];
  for (const [id, before] of rows) {
    const own = (clocks.get(id) ?? []).map((clock) => {
      const due = clock.alarms.filter((alarm) => !alarm.rung && alarm.at <= now.getTime());
      ringing.push(...due.map((alarm) => ({ clock, alarm })));
      const after = { ...clock, alarms: clock.alarms.map((it) => (due.includes(it) ? { ...it, rung: true } : it)) };
      if (due.length > 0) rung.push(after);
      return after;
    });
    writes.push({ act: "update", entity: entity.name, id, before, after: valuesOf(model, entity, own, now) });
  }
  await stage(tx, scene, clockParts(scene, rung));
  await writeRecords(tx, scene, writes);
  await stage(tx, scene, [...toRuns(scene, entity, ringing), ...toPeople(scene, entity, ringing, rows)]);
  await keepOperation(tx, scene, { kind: "clock", title: titleOf(model, ringing) });
}

function valuesOf(model: Model, { name }: Entity, clocks: readonly ClockOf[], now: Date): Values {
  const all = policiesOn(model, name).map((policy) => {
    const own = clocks.filter((it) => it.policy === policy.document.$anchor);
    return shownValues(model, policy, own, now.getTime());
  });
  return Object.assign({}, ...all) as Values;
}

const titleOf = (model: Model, [first]: readonly Ringing[]) => {
  const policies = [...model.slaPolicies.values()];
  return policies.find(({ $anchor }) => $anchor === first?.clock.policy)?.title ?? "";
};

/** The runs of the records that know the events of clocks hear of them as of whatever else the engine tells. */
function toRuns({ workspace, model, now }: Scene, { name }: Entity, ringing: readonly Ringing[]): readonly Part[] {
  const told = ringing.flatMap(({ clock, alarm }) => {
    const read = readKept(model, name, clock, now.getTime());
    if (!read) return [];
    const data = {
      name: read.clock.title,
      clock: read.clock.name,
      policy: read.policy.$id,
      due_at: read.reading.dueAt === null ? null : new Date(read.reading.dueAt).toISOString(),
    };
    const type = `clock.${alarm.kind}`;
    const knowing = documentsIn(model).filter(
      ({ meta }) => meta.entity === name && meta.events[type]?.source === "clock",
    );
    const event = JSON.stringify({ type, data, effect: "", keep: {} });
    const key = `${clock.clock} ${alarm.key}`;
    return [...new Set(knowing.map(({ id }) => id))].map((id) => ({ record: clock.record, workflow: id, key, event }));
  });
  if (told.length === 0) return [];
  return [
    {
      sql: `insert into ${workspace.schema}._inbox (id, run, event, at, due_at)
        select r.id::text || ' ' || t.key, r.id, t.event, $5::timestamptz, $5::timestamptz
        from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) as t(record, workflow, key, event)
        join ${workspace.schema}._run r on r.record = t.record and r.workflow = t.workflow and r.status = 'active'
        on conflict do nothing`,
      parameters: [
        told.map(({ record }) => record),
        told.map(({ workflow }) => workflow),
        told.map(({ key }) => key),
        told.map(({ event }) => event),
        now,
      ],
    },
  ];
}

const notices: Filling = {
  table: "_notification",
  each: { id: "uuid", for_user: "uuid", title: "text", body: "text", told: "jsonb", record: "uuid" },
  all: { at: "timestamptz", entity: "text", operation: "uuid" },
};

function toPeople(
  { workspace, model, now, operation }: Scene,
  entity: Entity,
  ringing: readonly Ringing[],
  rows: ReadonlyMap<string, Values>,
): readonly Part[] {
  const cells = ringing.flatMap(({ clock, alarm }) => {
    const read = readKept(model, entity.name, clock, now.getTime());
    const record = rows.get(clock.record) ?? {};
    const to = (read?.policy.tells ?? ["owner"]).flatMap((name) => record[name] ?? []);
    const title = read?.clock.title ?? "";
    const body = entity.nameField ? record[entity.nameField.name] : null;
    const told = JSON.stringify({ code: `clock_${alarm.kind}`, by: title });
    return [...new Set(to)].map((user) => [newId(now), user, title, body, told, clock.record]);
  });
  return inserted(workspace.schema, notices, cells, [now, entity.name, operation]);
}
