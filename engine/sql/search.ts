import { sql } from "kysely";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";
import { holdersAs, nearness, soughtIn, type Sought } from "./words.ts";
import type { Piece } from "./write.ts";

/** What is looked for of each entity, the nearest first, and how many records of each are told. */
export interface Search {
  readonly entities: readonly (readonly Sought[])[];
  readonly each: number;
  /** Of what lies in large tables, whether it is few. */
  readonly few: ReadonlyMap<Sought, boolean>;
}

/** A few records of each entity that hold the words, the nearest first: `entity`, `id`, `name` and how near it is. */
export function searchStatement(reader: Reader, { entities, each, few }: Search): CompiledStatement {
  const found = entities.map((nearestFirst) => foundIn(reader, partsOf(nearestFirst, few), each));
  return compile(sql`${sql.join(found, sql` union all `)}`);
}

/** The nearest of all parts. A part is looked for where none before it has as many as are told. */
function foundIn(reader: Reader, parts: readonly Part[], each: number): Piece {
  const names = parts.map((_, at) => sql.id(`p${at}`));
  const withs = parts.map((part, at) => {
    const full = names.slice(0, at).map((it) => sql`exists (select from ${it} offset ${sql.raw(String(each - 1))})`);
    const wanted = full.length === 0 ? sql`` : sql` and not (${sql.join(full, sql` or `)})`;
    return sql`${names[at]!} as materialized (${partOf(reader, part, wanted, each)})`;
  });
  const all = names.map((it) => sql`select * from ${it}`);
  return sql`(with ${sql.join(withs)} select entity, id, name, near from (${sql.join(all, sql` union `)}) as found
    order by near, "key", id limit ${sql.raw(String(each))})`;
}

/** Records that are looked for: taken together by their words where they are few, or along the order of their names. */
interface Part extends Sought {
  readonly few: boolean;
  readonly along: boolean;
}

/**
 * Where all that hold the words can be looked at, the nearest are among them. Where these are many, the first by name may
 * stand in for them, beside the first of those that are nearer: of each as many as are told.
 */
function partsOf(nearestFirst: readonly Sought[], few: Search["few"]): readonly Part[] {
  const widest = nearestFirst.findLastIndex((it) => few.get(it) !== false);
  return nearestFirst
    .slice(Math.max(widest, 0))
    .map((it) => ({ ...it, few: few.get(it) === true, along: few.get(it) === false }));
}

function partOf(reader: Reader, part: Part, wanted: Piece, each: number): Piece {
  const { entity, words, few, along } = part;
  const source = few ? holdersAs(reader, part, "t") : new Source(reader, entity);
  const name = source.value(entity.nameField!) as { value: Piece };
  const seen = source.visible();
  const held = few ? sql`true` : soughtIn(source, part);
  const row = sql.id(source.root.alias);
  const order = along ? sql`"key", id` : sql`near, "key", id`;
  return sql`select ${entity.name}::text as entity, ${row}.id, ${name.value}::text as name, ${name.value} as "key", ${nearness(source, words)} as near
    from ${source.from()} where ${seen} and ${row}.deleted_at is null and ${held}${wanted} order by ${order} limit ${sql.raw(String(each))}`;
}
