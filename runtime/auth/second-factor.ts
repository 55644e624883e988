import { createHmac } from "node:crypto";
import type { Queryable } from "../database/pool.ts";
import { secretOf } from "../store/secret.ts";
import { endSessions } from "./accounts.ts";

/** An account as codes are counted for it. */
export interface Owner {
  readonly account: string;
  readonly email: string;
}

/** A code is right for a minute and a half; for longer than that it is remembered. */
const rememberedMs = 10 * 60_000;

/** Whose password was given in a browser that owes a code still; nobody where `challenge` is none of ours. */
export async function owing(db: Queryable, challenge: string): Promise<Owner | undefined> {
  const { rows } = await db.query(
    `select a.id as account, a.email from trellis.verification v join trellis.account a on a.id = v.value
     where v.identifier = $1`,
    [challenge.replace(/\.[^.]*$/, "")],
  );
  return rows[0];
}

/** An account by its id. */
export async function ownerOf(db: Queryable, account: string): Promise<Owner> {
  const { rows } = await db.query("select id as account, email from trellis.account where id = $1", [account]);
  return rows[0];
}

/**
 * Takes a code by the clock for an account: once, over all processes (RFC 6238, section 5.2). Answers whether it was
 * there to be taken; `giveBack` is for one that proved wrong.
 */
export async function takeCode(db: Queryable, account: string, code: string, now: Date): Promise<boolean> {
  await db.query("delete from trellis.used_code where at < $1", [new Date(now.getTime() - rememberedMs)]);
  const { rowCount } = await db.query(
    "insert into trellis.used_code (account, hash, at) values ($1, $2, $3) on conflict do nothing",
    [account, await hashOf(db, account, code), now],
  );
  return rowCount === 1;
}

/** Forgets that a code was taken. */
export async function giveBack(db: Queryable, account: string, code: string): Promise<void> {
  await db.query("delete from trellis.used_code where account = $1 and hash = $2", [
    account,
    await hashOf(db, account, code),
  ]);
}

async function hashOf(db: Queryable, account: string, code: string): Promise<string> {
  return createHmac("sha256", await secretOf(db, "code"))
    .update(`${account} ${code}`)
    .digest("base64url");
}

/** Which of these accounts ask for a code. */
export async function withSecondFactor(db: Queryable, accounts: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.query(`select id from trellis.account where id = any($1) and "twoFactorEnabled"`, [
    accounts,
  ]);
  return new Set(rows.map(({ id }: { id: string }) => id));
}

/** Takes the second factor from an account and signs it out everywhere. Answers whether it had one. */
export async function endSecondFactor(db: Queryable, account: string, now: Date): Promise<boolean> {
  await db.query(`delete from trellis.second_factor where "userId" = $1`, [account]);
  const { rowCount } = await db.query(
    `update trellis.account set "twoFactorEnabled" = false, "updatedAt" = $2 where id = $1 and "twoFactorEnabled"`,
    [account, now],
  );
  if (rowCount === 1) await endSessions(db, account);
  return rowCount === 1;
}
