import { isDeepStrictEqual } from "node:util";
import { keepClocks, nextAlarm, planWrite, policiesOn, slaPaths, type KeptClock, type PlannedWrite } from "engine";
import type { Connection } from "../database/pool.ts";
import type { Part } from "./commit.ts";
import { inserted, type Filling } from "./insertion.ts";
import { writingOf, type Scene } from "./operation.ts";
import { entityOf } from "./rows.ts";
import { surroundings } from "./run.ts";

/** Writes with what clocks show in their records, and the rows of the clocks. */
export interface Clocked {
  readonly writes: readonly PlannedWrite[];
  readonly parts: readonly Part[];
}

/** A clock of a record. */
export interface ClockOf extends KeptClock {
  readonly record: string;
  readonly entity: string;
}

const acts = new Set<PlannedWrite["act"]>(["create", "update", "move"]);

/**
 * Lets the clocks of written records go on: they begin, stand, end and get other targets in the transaction of the
 * write, and the fields that show them are part of it. Two statements for each entity that has policies, none for others.
 */
export async function followClocks(tx: Connection, scene: Scene, writes: readonly PlannedWrite[]): Promise<Clocked> {
  const changed = new Map<number, PlannedWrite>();
  const parts: Part[] = [];
  const all = [...writes.entries()].filter(([, { entity }]) => policiesOn(scene.model, entity).length > 0);
  for (const [name, them] of Map.groupBy(all, ([, { entity }]) => entity)) {
    const moving = them.filter(([, { act, event, changed: fields }]) => acts.has(act) && (event || fields.length > 0));
    const kept = await followOf(tx, scene, name, moving);
    for (const [at, write] of kept.changed) changed.set(at, write);
    parts.push(
      ...rememberedClocks(scene, kept.rows),
      ...clockParts(scene, kept.rows),
      ...released(
        scene,
        them.map(([, write]) => write),
      ),
    );
  }
  return { writes: writes.map((write, at) => changed.get(at) ?? write), parts };
}

async function followOf(
  tx: Connection,
  scene: Scene,
  name: string,
  moving: readonly (readonly [number, PlannedWrite])[],
): Promise<{ readonly changed: ReadonlyMap<number, PlannedWrite>; readonly rows: readonly ClockOf[] }> {
  const entity = entityOf(scene, name);
  const old = moving.filter(([, { act }]) => act !== "create").map(([, { id }]) => id);
  const standing = await lockClocks(tx, scene, [...new Set(old)]);
  const records = moving.flatMap(([, { act, before, record }]) => (act === "create" ? [record] : [before, record]));
  const around = await surroundings(tx, scene, { entity, paths: slaPaths(scene.model, name) }, records);
  const changed = new Map<number, PlannedWrite>();
  const rows = new Map<string, readonly ClockOf[]>();
  for (const [at, write] of moving) {
    const was = write.act === "create" ? undefined : { ...around, record: write.before };
    const moment = new Date(write.at ?? scene.now).getTime();
    const happening = { was, is: { ...around, record: write.record }, event: write.event, at: moment };
    const before = rows.get(write.id) ?? standing.get(write.id) ?? [];
    const { clocks, values } = keepClocks(scene.model, name, before, happening);
    if (!isDeepStrictEqual(clocks, before.map(bareClock)))
      rows.set(
        write.id,
        clocks.map((clock) => ({ ...clock, record: write.id, entity: name })),
      );
    changed.set(at, planWrite(entity, { ...write, after: { ...write.after, ...values } }, writingOf(scene)));
  }
  return { changed, rows: [...rows.values()].flat() };
}

/** A clock without its record. */
export const bareClock = ({ policy, clock, calendar, target, kept, alarms }: KeptClock): KeptClock => ({
  policy,
  clock,
  calendar,
  target,
  kept,
  alarms,
});

/** The columns of a clock. */
export const clockColumns = "record, entity, policy, clock, calendar, target, kept, alarms";

/** The clocks of records, locked until the transaction ends. Whoever asks holds the records. */
export async function lockClocks(
  tx: Connection,
  { workspace }: Pick<Scene, "workspace">,
  records: readonly string[],
): Promise<ReadonlyMap<string, readonly ClockOf[]>> {
  if (records.length === 0) return new Map();
  const { rows } = await tx.query(
    `select ${clockColumns} from ${workspace.schema}._clock where record = any($1::uuid[])
     order by record, policy, clock for update`,
    [records],
  );
  return Map.groupBy(rows as ClockOf[], ({ record }) => record);
}

const filling: Filling = {
  table: "_clock",
  each: {
    record: "uuid",
    policy: "text",
    clock: "text",
    entity: "text",
    calendar: "text",
    target: "text",
    kept: "jsonb",
    alarms: "jsonb",
    next_at: "timestamptz",
  },
  all: {},
  conflict: `on conflict (record, policy, clock) do update set calendar = excluded.calendar, target = excluded.target, kept = excluded.kept,
    alarms = excluded.alarms, next_at = excluded.next_at, held = false`,
};

/** Clocks as rows; those that are there stand as they are given. */
export function clockParts({ workspace }: Pick<Scene, "workspace">, clocks: readonly ClockOf[]): readonly Part[] {
  const cells = clocks.map((it) => {
    const next = nextAlarm(it);
    const moment = next === null ? null : new Date(next).toISOString();
    const { record, policy, clock, entity, calendar, target, kept, alarms } = it;
    return [record, policy, clock, entity, calendar, target, JSON.stringify(kept), JSON.stringify(alarms), moment];
  });
  return inserted(workspace.schema, filling, cells);
}

/** What an undo needs: how clocks stood before an operation first wrote them. Those of new records go with them. */
export function rememberedClocks(
  { workspace: { schema }, operation }: Pick<Scene, "workspace" | "operation">,
  clocks: readonly ClockOf[],
): readonly Part[] {
  if (clocks.length === 0) return [];
  return [
    {
      sql: `insert into ${schema}._clock_before (operation, record, policy, clock, was)
        select $1::uuid, t.record, t.policy, t.clock, case when c.record is null then null else jsonb_build_object(
            'entity', c.entity, 'calendar', c.calendar, 'target', c.target, 'kept', c.kept, 'alarms', c.alarms, 'next_at', c.next_at) end
        from unnest($2::uuid[], $3::text[], $4::text[]) as t(record, policy, clock)
        left join ${schema}._clock c on c.record = t.record and c.policy = t.policy and c.clock = t.clock
        on conflict do nothing`,
      parameters: [
        operation,
        clocks.map(({ record }) => record),
        clocks.map(({ policy }) => policy),
        clocks.map(({ clock }) => clock),
      ],
    },
  ];
}

/** What puts the clocks of records back to where they stood before an operation; those that wait in the trash go on. */
export function undoneClocks(
  { workspace: { schema } }: Pick<Scene, "workspace">,
  operation: string,
  records: readonly string[],
): readonly Part[] {
  if (records.length === 0) return [];
  const of = `b.operation = $1::uuid and b.record = any($2::uuid[])`;
  return [
    `insert into ${schema}._clock (record, policy, clock, entity, calendar, target, kept, alarms, next_at, held)
      select b.record, b.policy, b.clock, b.was ->> 'entity', b.was ->> 'calendar', b.was ->> 'target', b.was -> 'kept',
        b.was -> 'alarms', (b.was ->> 'next_at')::timestamptz, false
      from ${schema}._clock_before b where ${of} and b.was is not null
      on conflict (record, policy, clock) do update set entity = excluded.entity, calendar = excluded.calendar, target = excluded.target,
        kept = excluded.kept, alarms = excluded.alarms, next_at = excluded.next_at, held = false`,
    `delete from ${schema}._clock c using ${schema}._clock_before b
      where ${of} and b.was is null and b.record = c.record and b.policy = c.policy and b.clock = c.clock`,
    `update ${schema}._clock as c set held = false where c.held and c.record = any($2::uuid[])
      and not exists (select from ${schema}._clock_before b where ${of} and b.record = c.record and b.policy = c.policy and b.clock = c.clock)`,
  ].map((sql) => ({ sql, parameters: [operation, records] }));
}

/** The clocks of records that come back from the trash tell again what they have to. */
function released({ workspace }: Scene, writes: readonly PlannedWrite[]): readonly Part[] {
  const records = writes.filter(({ act }) => act === "restore").map(({ id }) => id);
  const sql = `update ${workspace.schema}._clock set held = false where held and record = any($1::uuid[])`;
  return records.length === 0 ? [] : [{ sql, parameters: [records] }];
}
