import { sql } from "kysely";
import type { Entity } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { Source, type Reader } from "./source.ts";
import { holdersAs, searched } from "./words.ts";
import type { Piece } from "./write.ts";

/** What is looked for, in which entities, and how many records of each are told. */
export interface Search {
  readonly words: string;
  readonly entities: readonly Entity[];
  readonly each: number;
  /** The entities of which few records hold the words: see `holdersStatement`. */
  readonly few: ReadonlySet<Entity>;
}

/** A few records of each entity that hold the words: `entity`, `id`, `name`. */
export function searchStatement(reader: Reader, { words, entities, each, few }: Search): CompiledStatement {
  const parts = entities.map((entity, at) => {
    const source = few.has(entity) ? holdersAs(reader, entity, `t${at}`, words) : new Source(reader, entity, `t${at}`);
    const name = source.value(entity.nameField!) as { value: Piece };
    const seen = source.visible();
    const held = few.has(entity) ? sql`true` : searched(source, words);
    const row = sql.id(source.root.alias);
    return sql`(select ${entity.name}::text as entity, ${row}.id, ${name.value}::text as name from ${source.from()}
      where ${seen} and ${row}.deleted_at is null and ${held} order by ${name.value}, ${row}.id limit ${sql.raw(String(each))})`;
  });
  return compile(sql`${sql.join(parts, sql` union all `)}`);
}
