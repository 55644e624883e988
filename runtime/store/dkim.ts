import { createHash, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { Queryable } from "../database/pool.ts";
import type { Signing } from "../mail/letter.ts";
import type { Workspace } from "../workspace.ts";
import { seal, unseal } from "./seal.ts";
import { secretOf } from "./secret.ts";

const keyOf = (db: Queryable) => secretOf(db, "connection");
const boundTo = (anchor: string) => createHash("sha256").update(`dkim ${anchor}`).digest();

/** What the mails of a connection are signed by; nothing where nobody has made a key. */
export async function signingOf({ pool, schema }: Workspace, anchor: string): Promise<Signing | undefined> {
  const { rows } = await pool.query(`select domain, selector, private_key from ${schema}._dkim where anchor = $1`, [
    anchor,
  ]);
  if (!rows[0]) return undefined;
  const { domain, selector, private_key } = rows[0] as { domain: string; selector: string; private_key: Buffer };
  return { domain, selector, privateKey: unseal(await keyOf(pool), private_key, boundTo(anchor)) };
}

/** The record that a domain publishes so that others can check what it signs. */
export interface DkimRecord {
  readonly name: string;
  readonly value: string;
}

/**
 * Makes a key (RSA, 2048 bits: the longest that fits a record of every name server) by which mails are signed from now on,
 * and answers the record that the domain must publish. The private half never leaves the house.
 */
export async function makeDkim(
  { pool, schema }: Workspace,
  anchor: string,
  domain: string,
  now: Date,
): Promise<DkimRecord> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const selector = `t${now.toISOString().slice(0, 10).replaceAll("-", "")}`;
  const told = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const sealed = seal(await keyOf(pool), String(privateKey.export({ type: "pkcs8", format: "pem" })), boundTo(anchor));
  await pool.query(
    `insert into ${schema}._dkim (anchor, domain, selector, private_key, public_key, made_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (anchor) do update set domain = excluded.domain, selector = excluded.selector,
       private_key = excluded.private_key, public_key = excluded.public_key, made_at = excluded.made_at`,
    [anchor, domain, selector, sealed, told, now],
  );
  return recordOf({ domain, selector, public_key: told });
}

/** The record of a connection that signs. */
export async function dkimRecord({ pool, schema }: Workspace, anchor: string): Promise<DkimRecord | undefined> {
  const { rows } = await pool.query(`select domain, selector, public_key from ${schema}._dkim where anchor = $1`, [
    anchor,
  ]);
  return rows[0] && recordOf(rows[0]);
}

const recordOf = ({ domain, selector, public_key }: { domain: string; selector: string; public_key: string }) => ({
  name: `${selector}._domainkey.${domain}`,
  value: `v=DKIM1; k=rsa; p=${public_key}`,
});
