import { createHash } from "node:crypto";
import { problem, type Principal } from "engine";
import type { Queryable } from "../database/pool.ts";
import { isAskedBy, type Asker } from "./asker.ts";

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

/** Stores a whole file: its row first, then its bytes in chunks. To be called inside a transaction. */
export async function storeFile(db: Queryable, schema: string, file: NewFile, bytes: Uint8Array): Promise<StoredFile> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await db.query(
    `insert into ${schema}._file (id, name, type, size_bytes, sha256, by, acting, at, entity, record, complete)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true)`,
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
  return { id: file.id, name: file.name, type: file.type, sizeBytes: bytes.length, sha256, by: file.by };
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

/** A complete file that was stored for who asks. Throws where there is none: a file of somebody else is not there. */
export async function findFile(db: Queryable, schema: string, id: string, principal: Principal): Promise<StoredFile> {
  const { rows } = await db.query(
    `select id, name, type, size_bytes::int as "sizeBytes", sha256, by, acting from ${schema}._file
     where id::text = $1 and complete`,
    [id],
  );
  const file = rows[0] as (StoredFile & Pick<Asker, "by" | "acting">) | undefined;
  if (!file || !isAskedBy(file, principal)) throw problem("file.missing", {});
  return file;
}

/** The bytes of a file, chunk by chunk, so that a large one never stands in memory as a whole. */
export async function* fileBytes(db: Queryable, schema: string, id: string): AsyncGenerator<Uint8Array> {
  let part = -1;
  for (;;) {
    const { rows } = await db.query(
      `select part, bytes from ${schema}._file_chunk where file = $1 and part > $2 order by part limit 4`,
      [id, part],
    );
    if (rows.length === 0) return;
    for (const row of rows as { part: number; bytes: Buffer }[]) {
      part = row.part;
      yield row.bytes;
    }
  }
}

/** The files of a record, the newest first. Whoever asks has seen to it that the caller sees the record. */
export async function filesOf(db: Queryable, schema: string, record: string) {
  const { rows } = await db.query(
    `select id, name, type, size_bytes::int as size_bytes, at from ${schema}._file
     where record = $1 and complete order by at desc, id desc limit 100`,
    [record],
  );
  return rows as { id: string; name: string; type: string; size_bytes: number; at: string }[];
}

/** A complete file of a record, with the record; nothing where there is none. `entity` is an anchor. */
export async function recordFile(db: Queryable, schema: string, id: string) {
  const { rows } = await db.query(
    `select id, name, type, size_bytes::int as "sizeBytes", sha256, by, entity, record from ${schema}._file
     where id::text = $1 and record is not null and complete`,
    [id],
  );
  return rows[0] as (StoredFile & { readonly entity: string; readonly record: string }) | undefined;
}
