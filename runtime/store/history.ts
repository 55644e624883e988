import { fromKept, problem, type Entity, type Field, type Values } from "engine";
import { shown } from "engine/sql";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";
import { isId } from "./records.ts";
import { fileStepOf } from "./attachments.ts";
import { granteesOf, levelOf, shareStepOf, type Grantee, type Level, type ShareStep } from "./shares.ts";

/** One step of a record's life, as its reader sees it. */
export interface HistoryItem {
  readonly id: string;
  readonly act: string;
  /** When it held, and when we learnt of it. */
  readonly at: string;
  readonly recorded_at: string;
  readonly by: { readonly id: string; readonly name: string } | null;
  /** In whose place, where somebody let her. */
  readonly for: { readonly id: string; readonly name: string } | null;
  /** With whom it was shared from then on, or not any more; the levels are those before and after. */
  readonly shared?: { readonly with: Grantee; readonly before: Level | null; readonly after: Level | null };
  /** The file that came or went. */
  readonly file?: { readonly id: string; readonly name: string };
  readonly reason: string | null;
  readonly operation: string;
  readonly version: number;
  /** What changed; fields that the reader does not see are not there. */
  readonly before: Values;
  readonly after: Values;
}

/** Where a page goes on: the moment and the id of its last item. */
export interface Keyset {
  readonly at: string;
  readonly id: string;
}

/** Reads what stands in a cursor. Another text stands for no place. */
export function readKeyset(cursor: string | undefined): Keyset | undefined {
  if (cursor === undefined || cursor === "") return undefined;
  const [at = "", id = ""] = Buffer.from(cursor, "base64url").toString("latin1").split(" ");
  if (!isId(id) || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(at) || Number.isNaN(Date.parse(at)))
    throw problem("cursor.stale", {});
  return { at, id };
}

/** The cursor behind an item. */
export function keysetOf({ at, id }: Keyset): string {
  return Buffer.from(`${at} ${id}`, "latin1").toString("base64url");
}

/** The fields of one record that a reader sees. Throws where she sees no such record. */
export async function seenFields(reading: ReadScene, name: string, id: string): Promise<readonly Field[]> {
  const { model, access, workspace } = reading;
  const entity = model.entities.get(name);
  if (!entity || !access.entity(name)) throw problem("entity.unknown", { entity: name });
  const reader = { model, access, schema: workspace.schema };
  const [found] = isId(id)
    ? await read<{ shown: Readonly<Record<string, boolean>> }>(reading, shown.shownOn(reader, entity, id))
    : [];
  if (!found) throw problem("record.missing", { entity: name });
  return shown.shownFields(reader, entity).filter((field) => found.shown[field.name] !== false && isTold(field));
}

/** A page of a record's history, newest first. */
export async function readHistory(
  reading: ReadScene,
  name: string,
  id: string,
  { before, limit }: { before: Keyset | undefined; limit: number },
) {
  const fields = await seenFields(reading, name, id);
  const { rows } = await reading.workspace.looks.query(
    `${selectHistory(reading)} where h.record = $1 and ($2::timestamptz is null or (h.at, h.id) < ($2::timestamptz, $3::uuid))
     order by h.at desc, h.id desc limit ${limit + 1}`,
    [id, before?.at ?? null, before?.id ?? null],
  );
  const page = (rows as HistoryItem[]).slice(0, limit);
  const last = page.at(-1);
  const items = await toldTo(reading, name, fields, page);
  return {
    items,
    names: await namesOf(reading, fields, items),
    next: rows.length > limit && last ? keysetOf(last) : null,
  };
}

/** Steps of a history by their ids, as a reader sees them. */
export async function historyItems(
  reading: ReadScene,
  name: string,
  fields: readonly Field[],
  ids: readonly string[],
): Promise<readonly HistoryItem[]> {
  const { rows } = await reading.workspace.looks.query(`${selectHistory(reading)} where h.id = any($1::uuid[])`, [ids]);
  return toldTo(reading, name, fields, rows as HistoryItem[]);
}

/** Steps with what their reader may see of them, and whom they were about. */
async function toldTo(
  reading: ReadScene,
  name: string,
  fields: readonly Field[],
  items: readonly HistoryItem[],
): Promise<readonly HistoryItem[]> {
  const entity = reading.model.entities.get(name)!;
  const steps = new Map(items.map((item) => [item, shareStepOf(entity, { ...item, record: "" })]));
  const whom = (step: ShareStep | undefined) => (step?.after ?? step?.before)?.grantee ?? "";
  const known = await granteesOf(
    reading,
    [...steps.values()].flatMap((it) => whom(it) || []),
  );
  return items.flatMap((item) => {
    const file = fileStepOf(entity, { ...item, record: "" });
    const moved = file?.after ?? file?.before;
    if (moved) return [{ ...item, before: {}, after: {}, file: { id: moved.file, name: moved.name } }];
    const step = steps.get(item);
    if (!step) return masked(reading, name, item, fields);
    const others = known.get(whom(step));
    const shared = others && { with: others, before: levelOf(step.before), after: levelOf(step.after) };
    return shared ? [{ ...item, before: {}, after: {}, shared }] : [];
  });
}

/** What the records are called that the items point at: by id, where the reader sees them. */
export async function namesOf(
  reading: ReadScene,
  fields: readonly Field[],
  items: readonly HistoryItem[],
): Promise<Readonly<Record<string, string>>> {
  const { model, access, workspace } = reading;
  const reader = { model, access, schema: workspace.schema };
  const ids = new Map<string, Set<string>>();
  for (const { before, after } of items)
    for (const field of fields)
      for (const value of field.targets.length > 0 ? [before[field.name], after[field.name]] : []) {
        if (value === null || value === undefined) continue;
        const { entity, id } =
          typeof value === "string"
            ? { entity: field.targets[0] ?? "", id: value }
            : (value as { entity: string; id: string });
        ids.set(entity, (ids.get(entity) ?? new Set()).add(id));
      }
  const names: Record<string, string> = {};
  for (const [name, them] of ids) {
    const entity: Entity | undefined = model.entities.get(name);
    const piece = entity && access.entity(name) ? shown.shownNames(reader, entity, [...them]) : undefined;
    for (const { id, name } of piece ? await read<{ id: string; name: string }>(reading, piece) : []) names[id] = name;
  }
  return names;
}

function selectHistory({ workspace: { schema } }: ReadScene): string {
  return `select h.id, h.act, h.at, h.recorded_at, h.reason, h.operation, h.version, h.before, h.after,
      case when h.by is not null then json_build_object('id', h.by, 'name', u.name) else (w.detail -> 'person')::json end as by,
      case when o.by is not null then json_build_object('id', o.by, 'name', f.name) end as "for"
    from ${schema}._history as h left join ${schema}."user" as u on u.id = h.by
      left join ${schema}._operation as o on o.id = h.operation and o.detail ? 'acting'
      left join ${schema}."user" as f on f.id = o.by
      left join ${schema}._operation as w on w.id = h.operation and h.by is null and w.detail ? 'person'`;
}

/** What the engine counts for itself is no news; the owner is. */
function isTold(field: Field): boolean {
  return !field.system || field.name === "owner";
}

/** A step with the reader's fields alone. A change of which she sees nothing is none. */
function masked(
  { model }: ReadScene,
  name: string,
  item: HistoryItem,
  fields: readonly Field[],
): readonly HistoryItem[] {
  const entity = model.entities.get(name)!;
  const only = (kept: Values | null, values = fromKept(model, entity, kept)) =>
    Object.fromEntries(
      fields.flatMap(({ name }) => (values && Object.hasOwn(values, name) ? [[name, values[name]]] : [])),
    );
  const [before, after] = [only(item.before), only(item.after)];
  const empty = Object.keys(before).length + Object.keys(after).length === 0;
  return item.act === "update" && empty ? [] : [{ ...item, before, after }];
}
