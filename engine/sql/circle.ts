import { sql } from "kysely";
import { compile, type CompiledStatement } from "./compile.ts";
import { circleSlot, type SlotName } from "./slot.ts";
import type { Piece } from "./write.ts";

/** More ids than so many are found out where they are needed. */
const most = 500;
/** As text an id takes so many signs, with what stands between two. */
const signs = 37;

/**
 * Who and what is the reader's by her rights: her teams' people, what was shared with her. PostgreSQL finds the quickest
 * way to her rows only where it knows whose they are before it looks; so a statement asks for these ids by name and
 * leaves slots for them.
 */
export class Circle {
  readonly #queries = new Map<SlotName, Piece>();

  /** The place of the ids that a query finds. */
  place(name: string, ids: Piece): Piece {
    const slot = `circle ${name}` as const;
    this.#queries.set(slot, ids);
    return circleSlot(slot);
  }

  /** What fills the slots: one row, a column for each by its name, its value the text of an array. Nothing where none is. */
  statement(): CompiledStatement | undefined {
    if (this.#queries.size === 0) return undefined;
    const columns = [...this.#queries].map(
      ([slot, ids]) =>
        sql`array(select distinct c.id from (${ids}) as c(id) limit ${sql.raw(String(most + 1))})::text as ${sql.id(slot)}`,
    );
    return compile(sql`select ${sql.join(columns)}`);
  }
}

/** Whether ids are too many to go along with a statement. */
export const isWide = (ids: Readonly<Record<string, string>>): boolean =>
  Object.values(ids).some((text) => text.length > most * signs + 1);
