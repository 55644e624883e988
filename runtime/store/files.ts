import { createHash } from "node:crypto";
import { problem } from "engine";
import type { Span } from "../byte-range.ts";
import type { Queryable } from "../database/pool.ts";
import { isAskedBy, type Asker } from "./asker.ts";
import type { Part } from "./commit.ts";
import { readBack } from "./read-back.ts";
import type { ReadScene } from "./read.ts";
import { isId } from "./records.ts";

/** A stored file, without its bytes. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly by: string | null;
}

/** What a new file brings along. */
export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly by: string | null;
  /** Who acts in her place. */
  readonly acting: string | null;
  readonly at: Date;
  /** The record that it belongs to: whoever sees that, sees it. `entity` is an anchor. */
  readonly of?: { readonly entity: string; readonly record: string };
}

const chunkBytes = 512 * 1024;

/**
 * Stores a whole file: its row first, then its bytes in chunks. To be called inside a transaction. One that is there
 * already under its id stays as it is.
 */
export async function storeFile(db: Queryable, schema: string, file: NewFile, bytes: Uint8Array): Promise<StoredFile> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const stored = { id: file.id, name: file.name, type: file.type, sizeBytes: bytes.length, sha256, by: file.by };
  const { rowCount } = await db.query(
    `insert into ${schema}._file (id, name, type, size_bytes, sha256, by, acting, at, entity, record, complete)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true) on conflict (id) do nothing`,
    [
      file.id,
      file.name,
      file.type,
      bytes.length,
      sha256,
      file.by,
      file.acting,
      file.at,
      file.of?.entity ?? null,
      file.of?.record ?? null,
    ],
  );
  if (rowCount === 0) return stored;
  for (let part = 0; part * chunkBytes < bytes.length; part++)
    await db.query(`insert into ${schema}._file_chunk (file, part, bytes) values ($1, $2, $3)`, [
      file.id,
      part,
      Buffer.from(
        bytes.buffer,
        bytes.byteOffset + part * chunkBytes,
        Math.min(chunkBytes, bytes.length - part * chunkBytes),
      ),
    ]);
  return stored;
}

/** Opens a file that is written piece by piece; `appendToFile` adds to it and `completeFile` closes it. */
export async function beginFile(db: Queryable, schema: string, file: NewFile): Promise<void> {
  await db.query(
    `insert into ${schema}._file (id, name, type, size_bytes, sha256, by, acting, at) values ($1, $2, $3, 0, '', $4, $5, $6)`,
    [file.id, file.name, file.type, file.by, file.acting, file.at],
  );
}

/** Adds a piece. Pieces are read in the order of `part`; the same part again replaces the former one. */
export async function appendToFile(
  db: Queryable,
  schema: string,
  id: string,
  part: number,
  bytes: Uint8Array,
): Promise<void> {
  await db.query(
    `insert into ${schema}._file_chunk (file, part, bytes) values ($1, $2, $3)
     on conflict (file, part) do update set bytes = excluded.bytes`,
    [id, part, Buffer.from(bytes)],
  );
}

/** Closes a file: from now on it can be read, and its hash is known. */
export async function completeFile(db: Queryable, schema: string, id: string): Promise<void> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const bytes of fileBytes(db, schema, id)) {
    hash.update(bytes);
    sizeBytes += bytes.length;
  }
  await db.query(`update ${schema}._file set complete = true, size_bytes = $2, sha256 = $3 where id = $1`, [
    id,
    sizeBytes,
    hash.digest("hex"),
  ]);
}

/**
 * A complete file that was stored for who asks, or one of a record which she sees: whoever has brought that has it no
 * longer than she sees the record. Throws where there is none; a file of somebody else is not there.
 */
export async function findFile(scene: ReadScene, id: string): Promise<StoredFile> {
  const { pool, schema } = scene.workspace;
  const { rows } = await pool.query(
    `select id, name, type, size_bytes::int as "sizeBytes", sha256, by, acting, entity, record from ${schema}._file
     where id::text = $1 and complete and removed_at is null`,
    [id],
  );
  const [file] = rows as (StoredFile & Pick<Asker, "by" | "acting"> & { entity: string; record: string | null })[];
  if (!file) throw problem("file.missing", {});
  const { entity: anchor, record, by, acting, ...stored } = file;
  const entity = [...scene.model.entities.values()].find((it) => it.anchor === anchor)?.name;
  const hers =
    record === null
      ? isAskedBy({ by, acting }, scene.principal)
      : entity !== undefined && (await sees(scene, entity, record));
  if (!hers) throw problem("file.missing", {});
  return { ...stored, by };
}

async function sees(scene: ReadScene, entity: string, record: string): Promise<boolean> {
  if (!scene.access.entity(entity) || !isId(record)) return false;
  return (await readBack(scene, entity, [record])).length > 0;
}

const whole: Span = { from: 0, until: Infinity };

/** The bytes of a file or of a part of it, chunk by chunk, so that a large one never stands in memory as a whole. */
export async function* fileBytes(
  db: Queryable,
  schema: string,
  id: string,
  { from, until }: Span = whole,
): AsyncGenerator<Uint8Array> {
  let { part, at } = from === 0 ? { part: -1, at: 0 } : await chunkBefore(db, schema, id, from);
  while (at < until) {
    const { rows } = await db.query(
      `select part, bytes from ${schema}._file_chunk where file = $1 and part > $2 order by part limit 4`,
      [id, part],
    );
    if (rows.length === 0) return;
    for (const row of rows as { part: number; bytes: Buffer }[]) {
      part = row.part;
      const wanted = row.bytes.subarray(Math.max(from - at, 0), Math.max(until - at, 0));
      at += row.bytes.length;
      if (wanted.length > 0) yield wanted;
    }
  }
}

/** The chunk before the one in which a byte stands, and where that one begins. Chunks are of different lengths. */
async function chunkBefore(db: Queryable, schema: string, id: string, byte: number) {
  const { rows } = await db.query(
    `select part - 1 as part, (until - size)::float8 as at from (select part, octet_length(bytes) as size,
       sum(octet_length(bytes)) over (order by part) as until from ${schema}._file_chunk where file = $1) as chunk
     where until > $2 order by part limit 1`,
    [id, byte],
  );
  return (rows[0] ?? { part: -1, at: 0 }) as { part: number; at: number };
}

/** The files of a record, the newest first, a hundred at most. Throws where the caller does not see the record. */
export async function filesOf(scene: ReadScene, entity: string, record: string) {
  await mustSee(scene, entity, record);
  const { pool, schema } = scene.workspace;
  const { rows } = await pool.query(
    `select id, name, type, size_bytes::int as size_bytes, at from ${schema}._file
     where record = $1 and complete and removed_at is null order by at desc, id desc limit 100`,
    [record],
  );
  return rows as { id: string; name: string; type: string; size_bytes: number; at: string }[];
}

/** Throws where the caller does not see a record. */
export async function mustSee(scene: ReadScene, entity: string, record: string): Promise<void> {
  if (!scene.access.entity(entity)) throw problem("entity.unknown", { entity });
  if (!(await sees(scene, entity, record))) throw problem("record.missing", { entity });
}

/** What takes away the files of records that go. */
export function goneFiles(schema: string, records: readonly string[]): readonly Part[] {
  return [
    `delete from ${schema}._file_chunk where file in (select id from ${schema}._file where record = any($1::uuid[]))`,
    `delete from ${schema}._file where record = any($1::uuid[])`,
  ].map((sql) => ({ sql, parameters: [records] }));
}
