import { businessTime, leavesOf, type Ask, type Schedule, type Values } from "engine";
import { writing } from "engine/sql";
import type { CalendarDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "../store/operation.ts";
import { lastGiven } from "../store/given.ts";
import { entityOf, rowsOf, targetOf } from "../store/rows.ts";

type Asked = Extract<Ask, { ask: "person" }>;

/**
 * Whose turn it is of those who are there, the id; null where nobody is. The row of the rotation is locked until the
 * step is committed, so that two who ask at once get two answers: the second sees what the first has done.
 */
export async function personInTurn(tx: Connection, scene: Scene, asked: Asked): Promise<string | null> {
  const { schema } = scene.workspace;
  await tx.query(
    `insert into ${schema}._rotation (name, last, at) values ($1, null, $2) on conflict (name) do nothing`,
    [asked.rotation, scene.now],
  );
  const { rows } = await tx.query(`select last from ${schema}._rotation where name = $1 for update`, [asked.rotation]);
  const last = String(rows[0].last ?? "");
  const there = await present(tx, scene, asked);
  const next = [...there.filter((id) => id > last), ...there.filter((id) => id <= last)];
  if (!asked.load || next.length < 2) return next[0] ?? null;
  if (asked.by === "waiting") {
    const given = await lastGiven(tx, scene, asked.load, next);
    return next.reduce((first, id) => ((given.get(id) ?? "") < (given.get(first) ?? "") ? id : first));
  }
  const loads = await loadsOf(tx, scene, asked.load, next);
  return next.reduce((least, id) => ((loads.get(id) ?? 0) < (loads.get(least) ?? 0) ? id : least));
}

/** Those of the group who work here, are not away, can do it and are at work now; by their ids. */
async function present(
  tx: Connection,
  scene: Scene,
  { team, role, skill, hours, except }: Asked,
): Promise<readonly string[]> {
  const { schema } = scene.workspace;
  const { rows } = await tx.query(
    `select u.id from ${schema}."user" u where u.active and u.deleted_at is null and u.queue_of is null
       and ($4::uuid is null or u.id <> $4::uuid) and ($1::text is null or $1 = any(u.roles))
       and ($2::text is null or exists (
         select from ${schema}.user_team m join ${schema}.team t on t.id = m.team
         where m."user" = u.id and t.name = $2 and m.deleted_at is null and t.deleted_at is null))
       and not exists (
         select from ${schema}._delegation d where d.giver = u.id and d.ended_at is null and d.from_at <= $3 and d.until_at > $3)
     order by u.id`,
    [role ?? null, team ?? null, scene.now, except ?? null],
  );
  const ids = rows.map(({ id }: { id: string }) => id);
  const calendar = hours === undefined ? undefined : scene.model.calendars.get(hours);
  if ((!skill && !calendar) || ids.length === 0) return ids;
  const people = await rowsOf<{ record: Values }>(
    tx,
    scene,
    writing.rowsById(targetOf(scene, entityOf(scene, "user")), ids),
  );
  const fits = ({ record }: { readonly record: Values }) =>
    (!skill || holds(record[skill.field], skill.value)) && (!calendar || atWork(scene, calendar, record));
  return people.filter(fits).map(({ record }) => String(record.id));
}

const holds = (given: unknown, wanted: unknown) =>
  Array.isArray(given) ? given.includes(wanted) : given !== null && String(given) === String(wanted);

const known = new WeakMap<CalendarDocument, Map<string, Schedule>>();

/** Whether it is a time of work by a calendar, as the clock of this person shows it. */
function atWork({ now }: Scene, calendar: CalendarDocument, { time_zone }: Values): boolean {
  const zone = typeof time_zone === "string" && time_zone !== "" ? time_zone : calendar.time_zone;
  const zones = known.get(calendar) ?? new Map<string, Schedule>();
  known.set(calendar, zones);
  const schedule = zones.get(zone) ?? { ...calendar, time_zone: zone };
  zones.set(zone, schedule);
  return businessTime.isOpen(schedule, now.getTime());
}

/** How many standing records each has whose workflow has not brought them to an end. */
async function loadsOf(
  tx: Connection,
  scene: Scene,
  { entity: name, field }: NonNullable<Asked["load"]>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const entity = entityOf(scene, name);
  const owner = entity.fields.get(field);
  if (!owner) return new Map();
  const rows = await rowsOf<{ id: string; n: number }>(
    tx,
    scene,
    writing.countedBy(targetOf(scene, entity), owner, ids, entity.stateFields[0], endsOf(scene, name)),
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}

/** The states in which records of an entity are done with. */
function endsOf({ model }: Scene, entity: string): readonly string[] {
  const workflows = [...model.workflows.values()].filter(({ meta }) => meta.entity === entity);
  return workflows.flatMap((it) =>
    leavesOf(it).flatMap(({ key, state }) => (state.tags?.includes("end") || state.type === "final" ? [key] : [])),
  );
}
