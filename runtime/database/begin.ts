import { isJoined } from "./form.ts";
import type { Connection, Pool, Queryable } from "./pool.ts";

/** What a transaction is for; how long it may wait and how long one statement may take follows from it. */
export type TransactionKind = "read" | "report" | "write" | "bulk" | "publish" | "switch";

const limits: Readonly<Record<TransactionKind, { readonly lockMs: number; readonly statementMs: number }>> = {
  read: { lockMs: 2000, statementMs: 15_000 },
  report: { lockMs: 10_000, statementMs: 600_000 },
  write: { lockMs: 5000, statementMs: 15_000 },
  bulk: { lockMs: 10_000, statementMs: 300_000 },
  publish: { lockMs: 10_000, statementMs: 600_000 },
  switch: { lockMs: 200, statementMs: 30_000 },
};

/** Serialization failure, deadlock: another try is all it takes. */
const passing = new Set(["40001", "40P01"]);
const triesMax = 4;

/**
 * Runs `work` in one transaction and commits what it did; whatever it throws undoes all of it. What fails because of
 * others who were at it at the same time is tried again. `work` is told what the last statement of `opening` answered.
 */
export async function transaction<Result>(
  pool: Pool,
  kind: TransactionKind,
  work: (connection: Connection, opened: readonly any[]) => Promise<Result>,
  opening: readonly string[] = [],
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await once(pool, kind, work, opening);
    } catch (error) {
      if (tries >= triesMax || !passing.has(sqlState(error) ?? "")) throw error;
    }
  }
}

async function once<Result>(
  pool: Pool,
  kind: TransactionKind,
  work: (connection: Connection, opened: readonly any[]) => Promise<Result>,
  opening: readonly string[],
) {
  const connection = await pool.connect();
  let broken: Error | undefined;
  try {
    const opened = await begin(connection, kind, opening);
    const result = await work(connection, opened);
    await connection.query("commit");
    return result;
  } catch (error) {
    await connection.query("rollback").catch((lost: Error) => (broken = lost));
    throw error;
  } finally {
    connection.release(broken);
  }
}

/**
 * Opens a transaction with the limits of its kind: the one place that says `set`. Statements of `opening` follow; the
 * rows of the last of them are answered.
 */
export async function begin(
  connection: Queryable,
  kind: TransactionKind,
  opening: readonly string[] = [],
): Promise<readonly any[]> {
  const { lockMs, statementMs } = limits[kind];
  return inOrder(connection, [
    kind === "read" || kind === "report" ? "begin isolation level repeatable read read only" : "begin",
    `set local lock_timeout = ${lockMs}`,
    `set local statement_timeout = ${statementMs}`,
    ...opening,
  ]);
}

/**
 * Runs statements without parameters one after the other, on a plain server in one message: each sees what was committed
 * when it began. Answers the rows of the last.
 */
export async function inOrder(connection: Queryable, statements: readonly string[]): Promise<readonly any[]> {
  let last: unknown;
  if (isJoined()) last = await connection.query(statements.join("; "));
  else for (const statement of statements) last = await connection.query(statement);
  const answer = (Array.isArray(last) ? last.at(-1) : last) as { rows: any[] } | undefined;
  return answer?.rows ?? [];
}

/** Shortens what a transaction may yet wait for locks: its waits together are no longer than one of its kind. */
export async function waitLess(connection: Queryable, kind: TransactionKind, waitedMs: number): Promise<void> {
  const left = Math.max(20, Math.round(limits[kind].lockMs - waitedMs));
  await connection.query(`set local lock_timeout = ${left}`);
}

/** The SQLSTATE of an error from the database, if it is one. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
