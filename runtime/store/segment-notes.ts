import {
  segmentsOn,
  watchesOn,
  type Model,
  type PlannedWrite,
  type ReadSegment,
  type Values,
  type Watch,
} from "engine";
import type { Scene } from "./operation.ts";
import { noteScored } from "./score-notes.ts";

/** A record whose writes segments hang on: as it was before all of them, and as it is; unknown where only fields are. */
export interface NotedRow {
  readonly entity: string;
  readonly id: string;
  readonly was: Values | undefined;
  readonly is: Values | undefined;
  readonly fields: Set<string>;
  /** It came, went to the trash, or came back: everything about it counts. */
  readonly whole: boolean;
  /** It was taken out of its table. */
  readonly gone?: boolean;
}

/** What an operation does that segments may hang on, until they are kept at its end. */
export class SegmentNotes {
  readonly rows = new Map<string, NotedRow>();
  /** Records to be looked at, by the anchor of the segment: and why. */
  readonly looks = new Map<string, Map<string, string>>();

  get empty(): boolean {
    return this.rows.size + this.looks.size === 0;
  }

  /** Remembers what was noted so far; the answer goes back to it. */
  mark(): () => void {
    const rows = [...this.rows].map(([key, row]) => [key, { ...row, fields: new Set(row.fields) }] as const);
    const looks = [...this.looks].map(([anchor, ids]) => [anchor, new Map(ids)] as const);
    return () => {
      this.rows.clear();
      this.looks.clear();
      for (const [key, row] of rows) this.rows.set(key, row);
      for (const [anchor, ids] of looks) this.looks.set(anchor, ids);
    };
  }

  look(segment: ReadSegment, ids: Iterable<string>, cause: string): void {
    const known = this.looks.get(segment.anchor) ?? new Map<string, string>();
    this.looks.set(segment.anchor, known);
    for (const id of ids) if (!known.has(id)) known.set(id, cause);
  }
}

/** Whether anything of an entity's records counts for some segment. */
export const isWatched = (model: Model, entity: string): boolean => watchesOn(model, entity).length > 0;

/** Notes what writes of records may do to segments; several writes to one record are one. */
export function noteSegments(scene: Scene, writes: readonly PlannedWrite[], last: ReadonlyMap<string, Values>): void {
  for (const { entity, id, act, before, record, changed } of writes) {
    if (!isWatched(scene.model, entity) && segmentsOn(scene.model, entity).length === 0) continue;
    const key = `${entity} ${id}`;
    const known = scene.segments.rows.get(key);
    const fields = known?.fields ?? new Set<string>();
    for (const { name } of changed) fields.add(name);
    const fresh = act === "create";
    scene.segments.rows.set(key, {
      entity,
      id,
      was: known ? known.was : fresh ? undefined : before,
      is: last.get(id) ?? record,
      fields,
      whole: (known?.whole ?? false) || fresh || act === "trash" || act === "restore",
    });
  }
}

/** Notes that records are no more, as if they had never been. */
export function noteGone(
  scene: Scene,
  gone: readonly { readonly entity: string; readonly id: string; readonly record: Values }[],
) {
  for (const { entity, id, record } of gone)
    scene.segments.rows.set(`${entity} ${id}`, {
      entity,
      id,
      was: record,
      is: { ...record, deleted_at: scene.now.toISOString() },
      fields: new Set(),
      whole: true,
      gone: true,
    });
}

/** Notes fields of records that the engine has written by itself. */
export function noteFields(scene: Scene, entity: string, ids: readonly string[], names: readonly string[]): void {
  noteScored(scene, entity, ids, names);
  const watched = watchesOn(scene.model, entity).some(({ field }) => names.includes(field));
  if (!watched) return;
  for (const id of ids) {
    const key = `${entity} ${id}`;
    const known = scene.segments.rows.get(key);
    if (known) for (const name of names) known.fields.add(name);
    else
      scene.segments.rows.set(key, { entity, id, was: undefined, is: undefined, fields: new Set(names), whole: false });
  }
}

/** Notes that something has happened to records. */
export function noteFacts(
  scene: Scene,
  facts: readonly { readonly type: string; readonly entity: string; readonly record: string }[],
): void {
  for (const { type, entity, record } of facts)
    for (const segment of countersOf(scene.model, entity, type)) scene.segments.look(segment, [record], type);
}

const counters = new WeakMap<Model, Map<string, readonly ReadSegment[]>>();

/** The segments that count facts of a type; found once. */
function countersOf(model: Model, entity: string, type: string): readonly ReadSegment[] {
  const known = counters.get(model) ?? new Map<string, readonly ReadSegment[]>();
  counters.set(model, known);
  const key = `${entity} ${type}`;
  const found =
    known.get(key) ??
    segmentsOn(model, entity).filter(({ clauses }) =>
      clauses.some((it) => it.kind === "facts" && it.clause.type === type),
    );
  known.set(key, found);
  return found;
}

/** Whether a change of a record counts for a watch. */
export const concerns = ({ field }: Watch, { fields, whole }: NotedRow): boolean => whole || fields.has(field);
