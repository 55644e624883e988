import type { Queryable } from "../database/pool.ts";

/** What an operation has done, to be taken back. */
interface ToUndo<Done, Moved, Shared, Filed> {
  readonly done: readonly Done[];
  readonly moves: readonly Moved[];
  readonly shares: readonly Shared[];
  readonly files: readonly Filed[];
}

interface OfRecord {
  readonly record: string;
}

/** Leaves out the records of people who were erased, whoever forces it: nothing of them comes back. */
export async function withoutErased<
  Done extends { readonly entity: string; readonly id: string },
  Moved extends OfRecord,
  Shared extends OfRecord,
  Filed extends OfRecord,
>(db: Queryable, schema: string, { done, moves, shares, files }: ToUndo<Done, Moved, Shared, Filed>) {
  const records = [...done.map(({ id }) => id), ...[...moves, ...shares, ...files].map(({ record }) => record)];
  const { rows } = await db.query(`select record from ${schema}._erased where record = any($1::uuid[])`, [records]);
  const gone = new Set(rows.map(({ record }: OfRecord) => record));
  const stays = ({ record }: OfRecord) => !gone.has(record);
  return {
    done: done.filter(({ id }) => !gone.has(id)),
    moves: moves.filter(stays),
    shares: shares.filter(stays),
    files: files.filter(stays),
    erased: done.flatMap(({ entity, id }) => (gone.has(id) ? [{ entity, id, why: "erased" as const }] : [])),
  };
}
