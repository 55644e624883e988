import { randomBytes } from "node:crypto";
import type { Queryable } from "../database/pool.ts";

/** A secret of this installation, 32 bytes, made when it is first asked for. All processes get the same one. */
export async function secretOf(db: Queryable, name: string): Promise<Buffer> {
  await db.query("insert into trellis.secret (name, value) values ($1, $2) on conflict (name) do nothing", [
    name,
    randomBytes(32),
  ]);
  const { rows } = await db.query("select value from trellis.secret where name = $1", [name]);
  return rows[0].value as Buffer;
}
