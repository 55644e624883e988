import { sql } from "kysely";
import type { Entity, Field } from "../model.ts";
import { compile, type CompiledStatement } from "./compile.ts";
import { recordSlot } from "./slot.ts";
import { Source, type Reader } from "./source.ts";

/** A reference that may point at a record; its last column holds the id. */
export interface Pointing {
  readonly entity: Entity;
  readonly field: Field;
}

/**
 * How many records point at that of the slot `record` by each of some references, as far as the reader sees them and
 * where they point: `counts`, in the order of the references. The trash does not count.
 */
export function pointingStatement(reader: Reader, pointing: readonly Pointing[]): CompiledStatement {
  const counts = pointing.map(({ entity, field }) => {
    const source = new Source(reader, entity);
    const { alias } = source.root;
    const mask = source.maskOf(field);
    const seen = mask ? sql`${source.visible()} and ${source.condition(mask, source.root)}` : source.visible();
    const column = sql.id(alias, Object.keys(field.columns).at(-1) ?? field.name);
    return sql`(select count(*)::int from ${source.from()}
      where ${column} = ${recordSlot} and ${sql.id(alias)}.deleted_at is null and ${seen})`;
  });
  return compile(sql`select array[${sql.join(counts)}]::int[] as counts`);
}
