import { hash, randomBytes } from "node:crypto";
import { problem } from "engine";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { Beliefs } from "./beliefs.ts";

/** What a key is made from. Its roles narrow those of its user; they never widen them. */
export interface NewKey {
  readonly workspace: string;
  readonly user: string;
  readonly name: string;
  readonly roles: readonly string[] | null;
  readonly expiresAt: Date | null;
  readonly by: string;
}

/** A key as lists show it: without its secret, which nobody can read again. */
export interface KeyRow {
  readonly id: string;
  readonly user: string;
  readonly name: string;
  readonly prefix: string;
  readonly roles: readonly string[] | null;
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly used_at: string | null;
}

const columns = `id, "user", name, prefix, roles, expires_at, created_at, used_at`;

/** Makes a key. The secret (256 bits) is answered once; the database keeps its hash. */
export async function createKey(db: Queryable, key: NewKey, now: Date): Promise<KeyRow & { readonly key: string }> {
  const secret = `trellis_${randomBytes(32).toString("base64url")}`;
  const { rows } = await db.query(
    `insert into trellis.api_key (id, workspace, "user", name, hash, prefix, roles, expires_at, created_at, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${columns}`,
    [
      newId(now),
      key.workspace,
      key.user,
      key.name,
      hashOf(secret),
      secret.slice(0, 14),
      key.roles,
      key.expiresAt,
      now,
      key.by,
    ],
  );
  return { ...(rows[0] as KeyRow), key: secret };
}

/** The keys of a workspace that still open something. */
export async function listKeys(db: Queryable, workspace: string, now: Date): Promise<readonly KeyRow[]> {
  const { rows } = await db.query(
    `select ${columns} from trellis.api_key
     where workspace = $1 and revoked_at is null and (expires_at is null or expires_at > $2) order by created_at`,
    [workspace, now],
  );
  return rows as KeyRow[];
}

/** Ends a key, for ever and at once. */
export async function revokeKey(db: Queryable, workspace: string, id: string, now: Date): Promise<void> {
  const { rowCount } = await db.query(
    `update trellis.api_key set revoked_at = $3 where workspace = $1 and id = $2 and revoked_at is null`,
    [workspace, id, now],
  );
  believed.forget();
  if (rowCount === 0) throw problem("key.missing", {});
}

/** Ends all keys of whoever signs in by an account. */
export async function revokeKeysOf({ name, pool, schema }: Workspace, account: string, now: Date): Promise<void> {
  const { rows } = await pool.query(`select id from ${schema}."user" where account_id = $1`, [account]);
  await pool.query(
    `update trellis.api_key set revoked_at = $3 where workspace = $1 and "user" = any($2::uuid[]) and revoked_at is null`,
    [name, rows.map(({ id }) => id), now],
  );
  believed.forget();
}

/** What a key says of whom it speaks for. */
export interface FoundKey {
  readonly id: string;
  readonly workspace: string;
  readonly user: string;
  readonly roles: readonly string[] | null;
  readonly expires_at: string | null;
}

const believed = new Beliefs<FoundKey>();

/**
 * Whom a secret speaks for, when it still does, under the model that the roles of a key name. Who asks often is not
 * looked up each time. What its user may do is no part of it.
 */
export async function findKey(
  db: Queryable,
  secret: string,
  { model, now }: { readonly model: number; readonly now: Date },
): Promise<FoundKey | undefined> {
  const kept = hashOf(secret);
  const key = await believed.find(`${model} ${kept}`, () => readKey(db, kept));
  return key && (key.expires_at === null || new Date(key.expires_at) > now) ? key : undefined;
}

async function readKey(db: Queryable, kept: string): Promise<FoundKey | undefined> {
  const { rows } = await db.query({
    name: "find-key",
    text: `select id, workspace, "user", roles, expires_at from trellis.api_key where hash = $1 and revoked_at is null`,
    values: [kept],
  });
  return rows[0];
}

/** Long random secrets need no salt and no slow hash. */
function hashOf(secret: string): string {
  return hash("sha256", secret, "hex");
}
