import { sql } from "kysely";
import type { Entity } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { searched } from "./select.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

/** A few records of each entity that hold the words: `entity`, `id`, `name`. */
export function searchStatement(
  reader: Reader,
  entities: readonly Entity[],
  words: string,
  each: number,
): CompiledStatement {
  const parts = entities.map((entity, at) => {
    const source = new Source(reader, entity, `t${at}`);
    const name = source.value(entity.nameField!) as { value: Piece };
    const seen = source.visible();
    const held = searched(source, words);
    const row = sql.id(source.root.alias);
    return sql`(select ${entity.name}::text as entity, ${row}.id, ${name.value}::text as name from ${source.from()}
      where ${seen} and ${row}.deleted_at is null and ${held} order by ${name.value}, ${row}.id limit ${sql.raw(String(each))})`;
  });
  return compile(sql`${sql.join(parts, sql` union all `)}`);
}
