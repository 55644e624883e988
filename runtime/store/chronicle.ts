import { pick, toKept, type PlannedWrite, type Values } from "engine";
import { newId } from "../id.ts";
import type { Part } from "./commit.ts";
import { deliveryParts } from "./deliveries.ts";
import { authorOf, type Scene } from "./operation.ts";

/** The system fields that every change moves; undoing a change puts them back. */
const moved = ["version", "updated_at", "updated_by"] as const;

/**
 * What the writes leave behind: one row of history each with old and new values of what changed, and one event each.
 * Writes that change nothing leave no history.
 */
export function chronicle(scene: Scene, writes: readonly PlannedWrite[]): readonly Part[] {
  const changing = writes.filter(({ changed }) => changed.length > 0);
  return [
    ...historyRows(scene, changing),
    ...eventRows(
      scene,
      writes.filter((it) => it.changed.length > 0 || it.event),
    ),
  ];
}

/** One row of `_history`, without what all rows of an operation share. */
export interface HistoryRow {
  readonly entity: string;
  readonly record: string;
  readonly act: string;
  readonly version: number;
  readonly at: string;
  readonly before: Values | null;
  readonly after: Values | null;
}

/** Rows of history, all in one statement; values are kept by the anchors of their fields. */
export function insertHistory(scene: Scene, rows: readonly HistoryRow[]): readonly Part[] {
  const { workspace, model, now, operation, reason } = scene;
  if (rows.length === 0) return [];
  const entities = rows.map(({ entity }) => model.entities.get(entity));
  const kept = (values: Values | null, at: number) => text(entities[at] ? toKept(model, entities[at], values) : values);
  const sql = `insert into ${workspace.schema}._history
      (id, entity, record, operation, act, version, at, recorded_at, by, reason, before, after)
    select r.id, r.entity, r.record, $8::uuid, r.act, r.version, r.at, $9::timestamptz, $10::uuid, $11::text, r.before, r.after
    from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::integer[], $6::timestamptz[], $7::jsonb[], $12::jsonb[])
      as r(id, entity, record, act, version, at, before, after)`;
  const parameters = [
    rows.map(() => newId(now)),
    rows.map(({ entity }, at) => entities[at]?.anchor ?? entity),
    rows.map(({ record }) => record),
    rows.map(({ act }) => act),
    rows.map(({ version }) => version),
    rows.map(({ at }) => at),
    rows.map(({ before }, at) => kept(before, at)),
    operation,
    now,
    authorOf(scene),
    reason,
    rows.map(({ after }, at) => kept(after, at)),
  ];
  return [{ sql, parameters }];
}

function historyRows(scene: Scene, writes: readonly PlannedWrite[]): readonly Part[] {
  const now = scene.now.toISOString();
  const rows = writes.flatMap((write): HistoryRow[] => {
    const { act, entity, id, record, before, changed, at = now, past = [] } = write;
    const version = Number(record.version);
    const was =
      act === "create"
        ? null
        : { ...pick(before, changed), ...Object.fromEntries(moved.map((it) => [it, before[it] ?? null])) };
    const earlier = past.map((it) => ({ entity, record: id, version, act: "move", ...it }));
    return [{ entity, record: id, act, version, at, before: was, after: pick(record, changed) }, ...earlier];
  });
  return insertHistory(scene, rows);
}

const types = {
  create: "record.created",
  update: "record.updated",
  move: "record.updated",
  trash: "record.trashed",
  restore: "record.restored",
};

function eventRows(scene: Scene, writes: readonly PlannedWrite[]): readonly Part[] {
  return insertEvents(
    scene,
    writes.map(({ entity, id: record, act, event, record: { version }, changed }) => ({
      entity,
      record,
      type: event?.type ?? types[act],
      version: Number(version),
      data: { fields: changed.map(({ name }) => name), ...(event?.data === undefined ? {} : { data: event.data }) },
    })),
  );
}

/** One row of `_event`, without what all rows of an operation share. */
export interface EventRow {
  readonly entity: string;
  readonly record: string;
  readonly type: string;
  readonly version: number;
  readonly data: { readonly fields: readonly string[]; readonly data?: unknown } | null;
}

/** Events, all in one statement; and in another what connections are to be told of them. */
export function insertEvents(scene: Scene, rows: readonly EventRow[]): readonly Part[] {
  const { workspace, now, operation } = scene;
  if (rows.length === 0) return [];
  const ids = rows.map(() => newId(now));
  const sql = `insert into ${workspace.schema}._event (id, entity, record, type, version, operation, at, by, data)
    select r.id, r.entity, r.record, r.type, r.version, $7::uuid, $8::timestamptz, $9::uuid, r.data
    from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::integer[], $6::jsonb[]) as r(id, entity, record, type, version, data)`;
  const parameters = [
    ids,
    rows.map(({ entity }) => entity),
    rows.map(({ record }) => record),
    rows.map(({ type }) => type),
    rows.map(({ version }) => version),
    rows.map(({ data }) => text(data)),
    operation,
    now,
    authorOf(scene),
  ];
  const happened = rows.map((row, at) => ({ ...row, id: ids[at] ?? "", fields: row.data?.fields ?? [] }));
  return [{ sql, parameters }, ...deliveryParts(scene, happened)];
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
