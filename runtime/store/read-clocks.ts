import { policiesOn, problem, readKept, scheduleOf, segmentsOf, targetText, type Segment } from "engine";
import { shown } from "engine/sql";
import { clockColumns, type ClockOf } from "./clocks.ts";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";
import { isId } from "./records.ts";

/** So many records are asked about at once at most. */
const recordsMost = 200;

/** How a clock of a record stands, as its reader may know it. Moments are ISO 8601 in UTC, spans milliseconds. */
export interface ShownClock {
  readonly policy: { readonly name: string; readonly title: string };
  readonly clock: string;
  readonly title: string;
  readonly state: "running" | "paused" | "met" | "breached" | "cancelled";
  /** It has not ended: it runs, or stands for a while. */
  readonly going: boolean;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly due_at: string | null;
  /** When the last fifth of what is promised begins. */
  readonly late_at: string | null;
  readonly elapsed_ms: number;
  readonly remaining_ms: number;
  readonly target: string;
}

/** The same with its way, piece by piece, and what it was before it began anew or got another target. */
export interface ExplainedClock extends ShownClock {
  readonly calendar: { readonly title: string; readonly time_zone: string } | null;
  readonly segments: readonly (Omit<Segment, "from" | "to"> & { readonly from: string; readonly to: string })[];
  readonly past: readonly {
    readonly state: ShownClock["state"];
    readonly target: string;
    readonly started_at: string;
    readonly until: string;
    readonly due_at: string | null;
    readonly elapsed_ms: number;
  }[];
}

/** The clocks of one record with how each has come about. Throws where its reader sees no such record. */
export async function explainClocks(scene: ReadScene, entity: string, id: string): Promise<readonly ExplainedClock[]> {
  const clocks = (await seenClocks(scene, entity, [id])).get(id);
  if (!clocks) throw problem("record.missing", { entity });
  const now = scene.now.getTime();
  return clocks.map(({ row, shown: clock }) => {
    const schedule = scheduleOf(scene.model, row.calendar);
    const calendar = [...scene.model.calendars.values()].find(({ $anchor }) => $anchor === row.calendar);
    return {
      ...clock,
      calendar: calendar ? { title: calendar.title, time_zone: calendar.time_zone } : null,
      segments: segmentsOf(row.kept.record!, schedule, now).map(({ from, to, ...rest }) => ({
        ...rest,
        from: moment(from),
        to: moment(to),
      })),
      past: row.kept.past.map(({ state, target, startedAt, until, dueAt, elapsedMs }) => ({
        state,
        target: targetText(target),
        started_at: moment(startedAt),
        until: moment(until),
        due_at: dueAt === null ? null : moment(dueAt),
        elapsed_ms: elapsedMs,
      })),
    };
  });
}

/** The clocks of several records, by their ids; records that the reader does not see are left out. */
export async function listClocks(
  scene: ReadScene,
  entity: string,
  ids: readonly string[],
): Promise<Readonly<Record<string, readonly ShownClock[]>>> {
  if (ids.length > recordsMost) throw problem("query.limit", { max: recordsMost, path: "/ids" });
  const seen = await seenClocks(scene, entity, ids);
  return Object.fromEntries([...seen].map(([id, clocks]) => [id, clocks.map((it) => it.shown)]));
}

interface Seen {
  readonly row: ClockOf;
  readonly shown: ShownClock;
}

/** Whoever may not read the field that shows a clock sees nothing of it. */
async function seenClocks(scene: ReadScene, name: string, given: readonly string[]) {
  const { model, access, workspace, now } = scene;
  const [entity, own] = [model.entities.get(name), access.entity(name)];
  if (!entity || !own) throw problem("entity.unknown", { entity: name });
  const reader = { model, access, schema: workspace.schema };
  const ids = given.filter(isId);
  const rows =
    ids.length === 0 ? [] : await read<{ record: { id: string } }>(scene, shown.shownRows(reader, entity, ids));
  const visible = rows.map(({ record }) => record.id);
  const policies = policiesOn(model, name);
  const found =
    policies.length === 0 || visible.length === 0
      ? []
      : (
          await workspace.pool.query(
            `select ${clockColumns} from ${workspace.schema}._clock
             where record = any($1::uuid[]) and policy = any($2::text[])`,
            [visible, policies.map(({ document }) => document.$anchor)],
          )
        ).rows;
  const clocks = Map.groupBy(found as ClockOf[], ({ record }) => record);
  const readable = (field: string | undefined) => {
    const known = field === undefined ? undefined : entity.fields.get(field);
    return !known || own.readable(known).kind !== "none";
  };
  const order = policies.flatMap(({ document }) => document.clocks.map(({ $anchor }) => $anchor));
  return new Map(
    visible.map((id): [string, readonly Seen[]] => {
      const all = (clocks.get(id) ?? []).toSorted(
        (one, other) => order.indexOf(one.clock) - order.indexOf(other.clock),
      );
      return [
        id,
        all.flatMap((row): Seen[] => {
          const known = readKept(model, name, row, now.getTime());
          if (!known || !readable(known.clock.due ?? known.policy.due)) return [];
          return [{ row, shown: shownAs(known) }];
        }),
      ];
    }),
  );
}

function shownAs({ policy, clock, reading, target, lateAt }: NonNullable<ReturnType<typeof readKept>>): ShownClock {
  const { record, state, dueAt, elapsedMs, remainingMs } = reading;
  return {
    policy: { name: policy.$id, title: policy.title },
    clock: clock.name,
    title: clock.title,
    state,
    going: !record.ended,
    started_at: moment(record.startedAt),
    ended_at: record.ended ? moment(record.ended.at) : null,
    due_at: dueAt === null ? null : moment(dueAt),
    late_at: lateAt === null ? null : moment(lateAt),
    elapsed_ms: elapsedMs,
    remaining_ms: remainingMs,
    target: targetText(target),
  };
}

const moment = (at: number) => new Date(at).toISOString();
