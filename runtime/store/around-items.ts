import { covers, fromKept, keptEntity, type Entity } from "engine";
import { shown } from "engine/sql";
import type { FactItem } from "./fact-items.ts";
import type { ReadScene } from "./read.ts";
import { read } from "./reading.ts";

/** Which record an item of a timeline is about, where that is not its own. */
export interface Of {
  readonly entity: string;
  readonly id: string;
  /** Nothing where its reader does not see what it is called. */
  readonly name: string | null;
}

/** A step in the life of a record around: it was made, or moved from state to state. */
export interface StepItem {
  readonly id: string;
  readonly at: string;
  readonly act: "create" | "move";
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** A mail as a timeline tells it. */
export interface MailItem {
  readonly id: string;
  readonly at: string;
  readonly direction: "in" | "out";
  readonly from: string;
  readonly subject: string;
  /** Its first words. */
  readonly words: string;
}

const wordsMost = 280;

/** Steps of records around by their ids; states are told where the reader sees that field on every record that she sees. */
export async function stepItems(
  { workspace, model, access }: ReadScene,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StepItem>> {
  if (ids.length === 0) return new Map();
  const { schema, pool } = workspace;
  const { rows } = await pool.query(
    `select h.id, h.at, h.act, h.entity, h.before, h.after,
       case when h.by is not null then json_build_object('id', h.by, 'name', u.name) else (w.detail -> 'person')::json end as by
     from ${schema}._history h left join ${schema}."user" u on u.id = h.by
       left join ${schema}._operation w on w.id = h.operation and h.by is null and w.detail ? 'person' where h.id = any($1::uuid[])`,
    [ids],
  );
  const stateOf = (entity: Entity | undefined, kept: any): string | null => {
    const rights = entity && access.entity(entity.name);
    const [field] = entity?.stateFields ?? [];
    if (!entity || !rights || !field || !covers(rights.readable(field), rights.rule("read"))) return null;
    return (fromKept(model, entity, kept)?.[field.name] as string | undefined) ?? null;
  };
  return new Map(
    rows.map(({ id, at, act, by, entity: key, before, after }) => {
      const entity = keptEntity(model, key);
      return [id, { id, at, act, by, from: stateOf(entity, before), to: stateOf(entity, after) }];
    }),
  );
}

/** Facts about records around by their ids: that they happened alone; what they say is for whoever looks there. */
export async function aroundFacts(
  { workspace: { schema, pool } }: ReadScene,
  ids: readonly string[],
): Promise<ReadonlyMap<string, FactItem>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query(
    `select id, at, received_at, type as fact, source, '{}'::jsonb as data, '{}'::jsonb as titles from ${schema}._fact where id = any($1::uuid[])`,
    [ids],
  );
  return new Map((rows as FactItem[]).map((row) => [row.id, row]));
}

/** Mails by their ids. */
export async function mailItems(
  { workspace: { schema, pool } }: ReadScene,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MailItem>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query(
    `select id, at, direction, coalesce(from_name, from_address) as "from", subject, left(coalesce(text, ''), ${wordsMost}) as words
     from ${schema}._mail where id = any($1::uuid[])`,
    [ids],
  );
  return new Map((rows as MailItem[]).map((row) => [row.id, row]));
}

/** What records around are called, with one statement: by their ids, of which entity and how. */
export async function namesAround(
  reading: ReadScene,
  ids: readonly string[],
  entities: readonly string[],
): Promise<ReadonlyMap<string, Of>> {
  const { model, access, workspace } = reading;
  const reader = { model, access, schema: workspace.schema };
  const known = [...new Set(entities)].flatMap((name) => model.entities.get(name) ?? []);
  const pieces = known.flatMap((entity) => {
    const piece = shown.shownNames(reader, entity, ids);
    return piece ? [{ entity: entity.name, piece }] : [];
  });
  if (ids.length === 0 || pieces.length === 0) return new Map();
  const rows = await read<{ entity: string; id: string; name: string | null }>(reading, shown.together(pieces));
  return new Map(rows.map((row) => [row.id, row]));
}
