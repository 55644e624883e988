import { pick, toKept, type PlannedWrite, type Values } from "engine";
import { newId } from "../id.ts";
import type { Part } from "./commit.ts";
import { deliveryParts } from "./deliveries.ts";
import { inserted, type Filling } from "./insertion.ts";
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

const history: Filling = {
  table: "_history",
  each: {
    id: "uuid",
    entity: "text",
    record: "uuid",
    act: "text",
    version: "integer",
    at: "timestamptz",
    before: "jsonb",
    after: "jsonb",
  },
  all: { operation: "uuid", recorded_at: "timestamptz", by: "uuid", reason: "text" },
};

/** Rows of history, all in one statement; values are kept by the anchors of their fields. */
export function insertHistory(scene: Scene, rows: readonly HistoryRow[]): readonly Part[] {
  const { workspace, model, now, operation, reason } = scene;
  const cells = rows.map(({ entity: name, record, act, version, at, before, after }) => {
    const entity = model.entities.get(name);
    const kept = (values: Values | null) => text(entity ? toKept(model, entity, values) : values);
    return [newId(now), entity?.anchor ?? name, record, act, version, at, kept(before), kept(after)];
  });
  return inserted(workspace.schema, history, cells, [operation, now, authorOf(scene), reason]);
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

const events: Filling = {
  table: "_event",
  each: { id: "uuid", entity: "text", record: "uuid", type: "text", version: "integer", data: "jsonb" },
  all: { operation: "uuid", at: "timestamptz", by: "uuid" },
};

/** Events, all in one statement; and in another what connections are to be told of them. */
export function insertEvents(scene: Scene, rows: readonly EventRow[]): readonly Part[] {
  const { workspace, now, operation } = scene;
  const happened = rows.map((row) => ({ ...row, id: newId(now), fields: row.data?.fields ?? [] }));
  const cells = happened.map(({ id, entity, record, type, version, data }) => {
    return [id, entity, record, type, version, text(data)];
  });
  return [
    ...inserted(workspace.schema, events, cells, [operation, now, authorOf(scene)]),
    ...deliveryParts(scene, happened),
  ];
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
