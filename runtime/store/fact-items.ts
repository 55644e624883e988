import type { Field, Model } from "engine";
import type { ReadScene } from "./read.ts";

/** A fact as it stands on the timeline of its record. */
export interface FactItem {
  readonly id: string;
  readonly at: string;
  readonly received_at: string;
  /** What has happened: `page.visited`. */
  readonly fact: string;
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What the documents are called that its data name, by the names under which they stand there. */
  readonly titles: Readonly<Record<string, string>>;
}

/**
 * Facts about one record by their ids, as its reader may know them: what a fact says under the name of a field that she
 * does not see on this record is not told, be it at its top or among its values.
 */
export async function factItems(
  { workspace, model }: ReadScene,
  { entity, fields }: { readonly entity: string; readonly fields: readonly Field[] },
  ids: readonly string[],
): Promise<ReadonlyMap<string, FactItem>> {
  if (ids.length === 0) return new Map();
  const { rows } = await workspace.pool.query(
    `select id, at, received_at, type as fact, source, data from ${workspace.schema}._fact where id = any($1::uuid[])`,
    [ids],
  );
  const seen = new Set(fields.map(({ name }) => name));
  const hidden = new Set([...(model.entities.get(entity)?.fields.keys() ?? [])].filter((name) => !seen.has(name)));
  return new Map(
    (rows as Omit<FactItem, "titles">[]).map((row) => {
      const data = withoutHidden(row.data, hidden) as FactItem["data"];
      return [row.id, { ...row, data, titles: titlesIn(model, data) }];
    }),
  );
}

function titlesIn(
  { purposes, messages, mailboxes, portals }: Model,
  data: FactItem["data"],
): Readonly<Record<string, string>> {
  const kinds = { purpose: purposes, message: messages, mailbox: mailboxes, portal: portals };
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([key, documents]) => {
      const named = [...documents.values()].find(({ $anchor, $id }) => $anchor === data[key] || $id === data[key]);
      return named ? [[key, named.title]] : [];
    }),
  );
}

function withoutHidden(value: unknown, hidden: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutHidden(item, hidden));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (hidden.has(name) ? [] : [[name, withoutHidden(part, hidden)]])),
  );
}
