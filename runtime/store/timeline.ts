import type { Values } from "engine";
import { shown } from "engine/sql";
import { historyItems, keysetOf, namesOf, seenFields, type HistoryItem, type Keyset } from "./history.ts";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";

/** What happened around a record: a step of its own life, or an activity about it. */
export type TimelineItem =
  | ({ readonly type: "history" } & HistoryItem)
  | {
      readonly type: "activity";
      readonly entity: string;
      readonly id: string;
      readonly at: string;
      readonly record: Values;
    };

/** A page of a record's timeline, newest first. What its reader does not see is not on it. */
export async function readTimeline(
  reading: ReadScene,
  name: string,
  id: string,
  { before, limit }: { before: Keyset | undefined; limit: number },
) {
  const fields = await seenFields(reading, name, id);
  const { model, access, workspace } = reading;
  const reader = { model, access, schema: workspace.schema };
  const keys = await read<{ entity: string | null; id: string; at: string }>(
    reading,
    shown.timelineKeys(reader, { entity: name, id, before, limit: limit + 1 }),
  );
  const page = keys.slice(0, limit);
  const history = await historyItems(
    reading,
    name,
    fields,
    page.filter(({ entity }) => entity === null).map(({ id }) => id),
  );
  const steps = new Map(history.map((item) => [item.id, item]));
  const records = new Map<string, Values>();
  for (const [other, them] of Map.groupBy(page, ({ entity }) => entity)) {
    const entity = other === null ? undefined : model.entities.get(other);
    const rows = entity
      ? await read<{ record: Values }>(
          reading,
          shown.shownRows(
            reader,
            entity,
            them.map(({ id }) => id),
          ),
        )
      : [];
    for (const { record } of rows) records.set(String(record.id), record);
  }
  const items = page.flatMap(({ entity, id, at }): TimelineItem[] => {
    const step = steps.get(id);
    if (entity === null) return step ? [{ type: "history", ...step }] : [];
    const record = records.get(id);
    return record ? [{ type: "activity", entity, id, at, record }] : [];
  });
  const last = page.at(-1);
  return {
    items,
    names: await namesOf(
      reading,
      fields,
      page.flatMap(({ id }) => steps.get(id) ?? []),
    ),
    next: keys.length > limit && last ? keysetOf(last) : null,
  };
}
