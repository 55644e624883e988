import { isJoined } from "./form.ts";
import type { Connection, Pool, Query, Queryable } from "./pool.ts";

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

/** What is left of a transaction when its work is done. */
export interface Ending<Result> {
  readonly result: Result;
  /** Its last statements: they go out together with the commit, whose failure is theirs. */
  readonly last?: readonly Query[];
  /** A look at what was committed, sent along. */
  readonly look?: Query | undefined;
}

export interface Ended<Result> {
  readonly result: Result;
  /** What the look has found; nothing where there was none or where it has failed: the commit holds all the same. */
  readonly seen: readonly any[] | undefined;
}

/**
 * Runs `work` in one transaction and commits what it did; whatever it throws undoes all of it. What fails because of
 * others who were at it at the same time is tried again. `work` is told what the last statement of `opening` answered.
 */
export async function transaction<Result>(
  pool: Pool,
  kind: TransactionKind,
  work: (connection: Connection, opened: readonly any[]) => Promise<Result>,
  opening: readonly Query[] = [],
): Promise<Result> {
  const { result } = await transactionInLine(
    pool,
    kind,
    async (connection, opened) => ({ result: await work(connection, await opened) }),
    opening,
  );
  return result;
}

/**
 * The same for work that waits for less: on a plain server its first statement goes out together with the begin, and its
 * last ones with the commit. What `opened` fails with is told before what the work behind it fails with.
 */
export async function transactionInLine<Result>(
  pool: Pool,
  kind: TransactionKind,
  work: (connection: Connection, opened: Promise<readonly any[]>) => Promise<Ending<Result>>,
  opening: readonly Query[] = [],
): Promise<Ended<Result>> {
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
  work: (connection: Connection, opened: Promise<readonly any[]>) => Promise<Ending<Result>>,
  opening: readonly Query[],
): Promise<Ended<Result>> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  try {
    const opened = begin(connection, kind, opening);
    if (!isJoined()) await opened;
    const [, ending] = await inTurn([opened, work(connection, opened)]);
    return await end(connection, ending);
  } catch (error) {
    await connection.query("rollback").catch((lost: Error) => (broken = lost));
    throw error;
  } finally {
    connection.release(broken);
  }
}

/** Ends a transaction. A statement that fails lets the commit behind it roll back; one that cannot be sent would not. */
async function end<Result>(connection: Queryable, { result, last = [], look }: Ending<Result>): Promise<Ended<Result>> {
  if (!isJoined() || !last.every(({ values = [] }) => values.every(isSendable))) {
    for (const query of last) await connection.query(query);
    await connection.query("commit");
    return { result, seen: undefined };
  }
  const committed = inTurn([...last.map((query) => connection.query(query)), connection.query("commit")]);
  const looked = look && connection.query(look).catch(() => undefined);
  await committed;
  return { result, seen: (await looked)?.rows };
}

/** Whether the driver puts a value into a message, whatever it holds. */
function isSendable(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isSendable);
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  return value === null || value === undefined || typeof value !== "object" || Buffer.isBuffer(value);
}

/** Waits for all; of several that fail, the failure of the first in line is told. */
export async function inTurn<Results extends readonly unknown[]>(
  line: readonly [...{ readonly [At in keyof Results]: Promise<Results[At]> }],
): Promise<Results> {
  const settled = await Promise.allSettled(line);
  for (const it of settled) if (it.status === "rejected") throw it.reason;
  return settled.map((it) => (it as PromiseFulfilledResult<unknown>).value) as unknown as Results;
}

/**
 * Opens a transaction with the limits of its kind: the one place that says `set`. Statements of `opening` follow; the
 * rows of the last of them are answered.
 */
export async function begin(
  connection: Queryable,
  kind: TransactionKind,
  opening: readonly Query[] = [],
): Promise<readonly any[]> {
  const { lockMs, statementMs } = limits[kind];
  const begun = inOrder(connection, [
    kind === "read" || kind === "report" ? "begin isolation level repeatable read read only" : "begin",
    `set local lock_timeout = ${lockMs}`,
    `set local statement_timeout = ${statementMs}`,
  ]);
  if (!isJoined()) await begun;
  const [, rows] = await inTurn([begun, inLine(connection, opening)]);
  return rows;
}

/**
 * Runs statements one after the other, on a plain server without waiting in between: each sees what was committed when
 * it began. Answers the rows of the last.
 */
export async function inLine(connection: Queryable, queries: readonly Query[]): Promise<readonly any[]> {
  if (isJoined()) return (await inTurn(queries.map((query) => connection.query(query)))).at(-1)?.rows ?? [];
  let rows: readonly any[] = [];
  for (const query of queries) ({ rows } = await connection.query(query));
  return rows;
}

/** The same of statements without parameters, on a plain server in one message. */
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
