import { createHash } from "node:crypto";
import { addressOf, type ConsentChannel } from "engine";
import { macBy } from "../mac.ts";
import type { Connection, Pool, Queryable } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { secretOf } from "./secret.ts";

const salts = new WeakMap<Pool, Promise<Buffer>>();

/** The salt of this installation, read once. */
async function saltOf(pool: Pool): Promise<Buffer> {
  const salt = salts.get(pool) ?? secretOf(pool, "suppression");
  salts.set(pool, salt);
  return salt.catch((error: unknown) => {
    salts.delete(pool);
    throw error;
  });
}

/** An address as it is kept for ever: nobody reads it back without the salt of this installation. */
export async function addressHash({ pool }: Workspace, channel: ConsentChannel, address: string): Promise<Buffer> {
  return hashOf(await saltOf(pool), channel, addressOf(channel, address));
}

const hashOf = (salt: Buffer, channel: ConsentChannel, address: string) =>
  macBy(salt).update(`${channel} ${address}`).digest();

const blockBytes = 64;

/**
 * The salt as a statement hashes by it, where addresses stand in tables: `sha256(outer || sha256(inner || text))` is what
 * `hashOf` makes (HMAC, RFC 2104).
 */
export async function suppressionPads({ pool }: Pick<Workspace, "pool">): Promise<{ inner: Buffer; outer: Buffer }> {
  const salt = await saltOf(pool);
  const key = salt.length > blockBytes ? createHash("sha256").update(salt).digest() : salt;
  const padded = Buffer.concat([key, Buffer.alloc(blockBytes - key.length)]);
  const pad = (by: number) => padded.map((it) => it ^ by);
  return { inner: Buffer.from(pad(0x36)), outer: Buffer.from(pad(0x5c)) };
}

/** What stands for all addresses of a domain: `@example.com`. */
const domainOf = (address: string) => (address.includes("@") ? [address.slice(address.lastIndexOf("@"))] : []);

/**
 * Those of some addresses that nothing is sent to, as they were given: they themselves or their domain were suppressed.
 * One statement, however many they are.
 */
export async function suppressed(
  db: Queryable,
  workspace: Workspace,
  channel: ConsentChannel,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  if (addresses.length === 0) return new Set();
  const salt = await saltOf(workspace.pool);
  const hashes = addresses.flatMap((given) => {
    const address = addressOf(channel, given);
    return [address, ...domainOf(address)].map((it) => ({ given, hash: hashOf(salt, channel, it) }));
  });
  const { rows } = await db.query(
    `select address_hash from ${workspace.schema}._suppression where channel = $1 and address_hash = any($2::bytea[])`,
    [channel, hashes.map(({ hash }) => hash)],
  );
  const known = new Set((rows as { address_hash: Buffer }[]).map((it) => it.address_hash.toString("hex")));
  return new Set(hashes.filter(({ hash }) => known.has(hash.toString("hex"))).map(({ given }) => given));
}

/** Lets nothing go to these addresses any more, or to a domain: `@example.com`. The first reason stays. */
export async function suppress(
  tx: Connection | Pool,
  workspace: Workspace,
  given: {
    readonly channel: ConsentChannel;
    readonly addresses: readonly string[];
    readonly reason: string;
    readonly now: Date;
  },
): Promise<void> {
  const { channel, addresses, reason, now } = given;
  const salt = await saltOf(workspace.pool);
  const hashes = addresses.map((it) => hashOf(salt, channel, addressOf(channel, it)));
  await tx.query(
    `insert into ${workspace.schema}._suppression (channel, address_hash, reason, at)
     select $1::text, h.hash, $3::text, $4::timestamptz from unnest($2::bytea[]) as h (hash) order by h.hash
     on conflict (channel, address_hash) do nothing`,
    [channel, hashes, reason, now],
  );
}

/** Lets mail go to these addresses again. */
export async function release(
  tx: Connection | Pool,
  workspace: Workspace,
  channel: ConsentChannel,
  addresses: readonly string[],
): Promise<void> {
  const salt = await saltOf(workspace.pool);
  const hashes = addresses.map((it) => hashOf(salt, channel, addressOf(channel, it)));
  await tx.query(
    `delete from ${workspace.schema}._suppression where channel = $1 and address_hash = any($2::bytea[])`,
    [channel, hashes],
  );
}
