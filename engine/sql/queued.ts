import { sql } from "kysely";
import { both, type RowRule } from "../access.ts";
import type { Entity } from "../model.ts";
import { Source, type Reader } from "./source.ts";
import type { Piece } from "./write.ts";

const everything: RowRule = { kind: "all" };

/** How many of the records that a reader sees wait in each of some queues and since when, and how many of them she has. */
export function queuedCounts(reader: Reader, entity: Entity, queues: readonly string[], user: string): Piece {
  return sql`select w.queue, count(*) filter (where w.state = 'waiting')::integer as waiting,
      count(*) filter (where w.agent = ${user}::uuid and w.state = 'assigned')::integer as mine,
      min(w.queued_at) filter (where w.state = 'waiting') as oldest_at
    from ${standing(reader)} where w.done_at is null and w.queue = any(${queues}::text[]) and ${seen(reader, entity)}
    group by w.queue`;
}

/** The records of a queue that a reader sees, 200 at most: first those that wait, in their order. */
export function queuedRows(reader: Reader, entity: Entity, queue: string): Piece {
  return sql`select w.record, w.state, w.agent, w.queued_at, w.until from ${standing(reader)}
    where w.done_at is null and w.queue = ${queue}::text and ${seen(reader, entity)}
    order by w.state desc, w.rank, w.queued_at, w.record limit 200`;
}

/** The next record of a queue, locked: of those that a reader sees the first that she may change and nobody else takes now. */
export function nextQueued(reader: Reader, entity: Entity, queue: string): Piece {
  const update = reader.access?.entity(entity.name)?.rule("update") ?? everything;
  return sql`select w.record from ${standing(reader)}
    where w.done_at is null and w.state = 'waiting' and w.queue = ${queue}::text and ${seen(reader, entity, update)}
    order by w.rank, w.queued_at, w.record limit 1 for update of w skip locked`;
}

const standing = ({ schema }: Reader) => sql`${sql.raw(schema)}._queued as w`;

function seen(reader: Reader, entity: Entity, also: RowRule = everything): Piece {
  const source = new Source(reader, entity);
  const read = reader.access?.entity(entity.name)?.rule("read") ?? everything;
  const held = source.condition(both(read, also), source.root);
  return sql`exists (select from ${source.from()} where t.id = w.record and t.deleted_at is null and ${held})`;
}
