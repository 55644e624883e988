import type { Inverse, Values } from "engine";
import { around as near, shown, timeline } from "engine/sql";
import {
  aroundFacts,
  mailItems,
  namesAround,
  stepItems,
  type MailItem,
  type Of,
  type StepItem,
} from "./around-items.ts";
import { factItems, type FactItem } from "./fact-items.ts";
import { historyItems, keysetOf, namesOf, seenFields, type HistoryItem, type Keyset } from "./history.ts";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";

/**
 * What happened around a record: a step of its own life, something that it was told of, a mail, an activity about it; and
 * where its layout says so, the same of the records in its lists (`of`). What a reader does not see of these is one line
 * that says nothing (`hidden`), or none.
 */
export type TimelineItem =
  | ({ readonly type: "history" } & HistoryItem)
  | ({ readonly type: "fact"; readonly of?: Of } & FactItem)
  | ({ readonly type: "mail"; readonly of?: Of } & MailItem)
  | ({ readonly type: "step"; readonly of: Of } & StepItem)
  | { readonly type: "hidden"; readonly id: string; readonly at: string }
  | {
      readonly type: "activity";
      readonly entity: string;
      readonly id: string;
      readonly at: string;
      readonly record: Values;
      readonly about?: Of;
    };

interface Key {
  readonly entity: string | null;
  readonly id: string;
  readonly at: string;
  readonly of: string | null;
}

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
  const around = aroundOf(reading, name);
  const keys = await read<Key>(
    reading,
    timeline.timelineKeys(reader, { entity: name, id, before, limit: limit + 1, around }),
  );
  const page = keys.slice(0, limit);
  const idsOf = (...wanted: readonly (string | null)[]) =>
    page.filter(({ entity }) => wanted.includes(entity)).map((key) => key.id);
  const history = await historyItems(reading, name, fields, idsOf(null));
  const told: Told = {
    history: new Map(history.map((item) => [item.id, item])),
    facts: await factItems(reading, { entity: name, fields }, idsOf(timeline.factKey)),
    aroundFacts: await aroundFacts(reading, idsOf(near.aroundFactKey)),
    mails: await mailItems(reading, idsOf(timeline.mailKey, near.aroundMailKey)),
    steps: await stepItems(reading, idsOf(near.stepKey)),
    records: await activityRows(reading, page),
    names: new Map(),
  };
  const abouts = [...told.records.values()].flatMap(({ about }) =>
    about !== undefined && about !== id ? [about] : [],
  );
  const of = page.flatMap((key) => key.of ?? []);
  const entities = around.map(({ list }) => list.entity);
  const names = await namesAround(reading, [...new Set([...of, ...abouts])], entities);
  const items = page.flatMap((key) => itemOf(key, { ...told, names }));
  const last = page.at(-1);
  return {
    items,
    names: await namesOf(
      reading,
      fields,
      page.flatMap((key) => told.history.get(key.id) ?? []),
    ),
    next: keys.length > limit && last ? keysetOf(last) : null,
  };
}

/** The lists that the layout of an entity lets run into its timelines. */
function aroundOf({ model }: ReadScene, name: string): readonly { list: Inverse; masked: boolean }[] {
  const layout = [...model.layouts.values()].find(({ entity }) => entity === name);
  const inverses = model.entities.get(name)?.inverses;
  return (layout?.timeline ?? []).flatMap(({ list, masked = false }) => {
    const inverse = inverses?.get(list);
    return inverse ? [{ list: inverse, masked }] : [];
  });
}

/** An activity, and the record that it is about. */
interface ActivityRow {
  readonly record: Values;
  readonly about: string | undefined;
}

/** What stands behind the keys of a page. */
interface Told {
  readonly history: ReadonlyMap<string, HistoryItem>;
  readonly facts: ReadonlyMap<string, FactItem>;
  readonly aroundFacts: ReadonlyMap<string, FactItem>;
  readonly mails: ReadonlyMap<string, MailItem>;
  readonly steps: ReadonlyMap<string, StepItem>;
  readonly records: ReadonlyMap<string, ActivityRow>;
  readonly names: ReadonlyMap<string, Of>;
}

function itemOf({ entity, id, at, of: other }: Key, told: Told): readonly TimelineItem[] {
  if (entity === near.hiddenKey) return [{ type: "hidden", id, at }];
  const [step, fact, mail] = [told.steps.get(id), told.facts.get(id) ?? told.aroundFacts.get(id), told.mails.get(id)];
  const of = other === null ? undefined : told.names.get(other);
  const whose = of ? { of } : {};
  if (fact) return [{ type: "fact", ...fact, ...whose }];
  if (mail) return [{ type: "mail", ...mail, ...whose }];
  if (step) return of ? [{ type: "step", ...step, of }] : [];
  const own = told.history.get(id);
  if (own) return [{ type: "history", ...own }];
  const row = told.records.get(id);
  if (entity === null || !row) return [];
  const about = told.names.get(row.about ?? "");
  return [{ type: "activity", entity, id, at, record: row.record, ...(about ? { about } : {}) }];
}

/** The activities among the keys as their reader sees them, all with one statement. */
async function activityRows(reading: ReadScene, page: readonly Key[]): Promise<ReadonlyMap<string, ActivityRow>> {
  const { model, access, workspace } = reading;
  const reader = { model, access, schema: workspace.schema };
  const looks = [...Map.groupBy(page, ({ entity }) => entity)].flatMap(([name, them]) => {
    const entity = name === null ? undefined : model.entities.get(name);
    const ids = them.map(({ id }) => id);
    return entity ? [{ entity: entity.name, piece: shown.shownRows(reader, entity, ids) }] : [];
  });
  if (looks.length === 0) return new Map();
  const rows = await read<{ entity: string; record: Values }>(reading, shown.together(looks));
  return new Map(
    rows.map(({ entity, record }) => {
      const about = model.entities.get(entity)?.document.activity?.about ?? "";
      return [String(record.id), { record, about: pointedAt(record[about]) }];
    }),
  );
}

function pointedAt(about: unknown): string | undefined {
  if (typeof about === "string") return about;
  return typeof about === "object" && about !== null && "id" in about ? String(about.id) : undefined;
}
