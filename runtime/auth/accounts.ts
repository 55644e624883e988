import { problem } from "engine";
import { sqlState } from "../database/begin.ts";
import type { Queryable } from "../database/pool.ts";
import { newId } from "../id.ts";
import { hashPassword } from "./password.ts";
import { tokenHash } from "./session-tokens.ts";

/** Who shall be able to sign in. */
export interface NewAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

const emailShape = /^[^\s@]{1,64}@[^\s@]{1,190}$/;
const passwordMin = 8;
const passwordMax = 200;

/** Makes an account with a password. Answers its id; an address that has one already is refused. */
export async function createAccount(db: Queryable, given: NewAccount, now: Date): Promise<string> {
  const email = checkedEmail(given.email);
  const hash = await hashPassword(checkedPassword(given.password));
  const id = newId(now);
  try {
    await db.query(
      `insert into trellis.account (id, name, email, "emailVerified", "createdAt", "updatedAt") values ($1, $2, $3, true, $4, $4)`,
      [id, given.name, email, now],
    );
  } catch (error) {
    throw sqlState(error) === "23505" ? problem("account.taken", { email, path: "/email" }) : error;
  }
  await db.query(
    `insert into trellis.credential (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
     values ($1, $2, 'credential', $2, $3, $4, $4)`,
    [newId(now), id, hash, now],
  );
  return id;
}

/** What is to be different about an account. */
export interface AccountChange {
  readonly email?: string | undefined;
  readonly password?: string | undefined;
}

/** Gives an account another address or password. Either ends all its sessions but the one `by` which it is asked. */
export async function changeAccount(
  db: Queryable,
  id: string,
  { email, password }: AccountChange,
  { now, by }: { readonly now: Date; readonly by: string | undefined },
): Promise<void> {
  if (email !== undefined)
    try {
      const { rowCount } = await db.query(
        `update trellis.account set email = $2, "updatedAt" = $3 where id = $1 and email <> $2`,
        [id, checkedEmail(email), now],
      );
      if (rowCount !== 0) await endOtherSessions(db, id, by);
    } catch (error) {
      throw sqlState(error) === "23505" ? problem("account.taken", { email, path: "/email" }) : error;
    }
  if (password === undefined) return;
  const hash = await hashPassword(checkedPassword(password));
  await db.query(
    `update trellis.credential set password = $2, "updatedAt" = $3 where "userId" = $1 and "providerId" = 'credential'`,
    [id, hash, now],
  );
  await endOtherSessions(db, id, by);
}

/** Signs an account out everywhere; whoever has given its password and owes a code begins anew. */
export async function endSessions(db: Queryable, id: string): Promise<void> {
  await endOtherSessions(db, id, undefined);
}

/** Ends one session of an account, by its token as lists of sessions show it: the hash. Another's is left alone. */
export async function endSession(db: Queryable, id: string, shown: string): Promise<void> {
  await db.query(`delete from trellis.session where "userId" = $1 and token = $2`, [id, shown]);
}

/** Ends all sessions of an account but the one by which it is asked, and sign-ins that have come half the way. */
export async function endOtherSessions(db: Queryable, id: string, session: string | undefined): Promise<void> {
  await db.query(
    `with owing as (delete from trellis.verification where value = $1)
     delete from trellis.session where "userId" = $1 and id is distinct from $2`,
    [id, session ?? null],
  );
}

/** The same where the session is a new one: it is known by its token. */
export async function endOlderSessions(db: Queryable, id: string, token: string): Promise<void> {
  const { rows } = await db.query("select id from trellis.session where token = $1", [tokenHash(token)]);
  await endOtherSessions(db, id, rows[0]?.id);
}

function checkedEmail(email: string): string {
  if (!emailShape.test(email)) throw problem("account.email", { path: "/email" });
  return email.toLowerCase();
}

function checkedPassword(password: string): string {
  if (password.length < passwordMin || password.length > passwordMax)
    throw problem("account.password", { min: passwordMin, max: passwordMax, path: "/password" });
  return password;
}
