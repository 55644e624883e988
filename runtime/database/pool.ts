import pg from "pg";
import { Client } from "./client.ts";
import { gather } from "./gathering.ts";
import { watched } from "./watched.ts";

/** A statement as the driver takes it. One with a name is planned once by each connection. */
export interface Query {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
}

/** Whatever runs a statement: a pool, or one connection inside a transaction. */
export interface Queryable {
  query(text: string | Query, values?: readonly unknown[]): Promise<{ rows: any[]; rowCount: number | null }>;
}

export type Pool = pg.Pool;
export type Connection = pg.PoolClient;

/** Its statements are seen by whoever asked for them: one that waited is sent by whoever gives her connection back. */
class WatchedPool extends pg.Pool {
  override query(...asked: any[]): any {
    return watched(asked[0], () => super.query(...(asked as [string])) as unknown as Promise<pg.QueryResult>);
  }
}

const types = pg.types.builtins;

const parsers = new Map<number, (text: string) => unknown>([
  [types.INT8, (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text)],
  [types.NUMERIC, (text) => text],
  [types.DATE, (text) => text],
  [types.TIMESTAMPTZ, (text) => new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00")).toISOString()],
]);

/**
 * How values of PostgreSQL reach JavaScript: whole numbers of 8 bytes as numbers where they fit, decimals and dates as
 * text, moments as ISO 8601 in UTC.
 */
export const valueTypes = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    (format !== "binary" && parsers.get(oid)) || pg.types.getTypeParser(oid, format as "text"),
} as pg.CustomTypesConfig;

/**
 * PostgreSQL keeps every plan with a name until its connection ends, those of former models too; measured on a working
 * day with two publishes an hour, a connection grows by 6 MB an hour.
 */
const livesSeconds = 300;

/** So long a look may wait for what others hold, and so long it may take: in ms. */
const lookLimits = { lock_timeout: 2000, statement_timeout: 30_000 };

/**
 * A pool for those who only look: no statement of it takes longer than a reader waits, be it for a lock or for rows. The
 * limits stand on its connections, so that a look is one statement and no transaction.
 */
export function openLooks(connectionString: string, onLost: (error: Error) => void, max = 10): Pool {
  return openPool(connectionString, onLost, max, livesSeconds, lookLimits);
}

/**
 * A pool of connections. Statements that are given to one of them without waiting stand in line at the server, each a
 * step of its own with its own answer; those of one turn of the event loop travel together. `onLost` hears of connections
 * that died while nobody used them. None is given out any more that is older than `lives` (seconds).
 */
export function openPool(
  connectionString: string,
  onLost: (error: Error) => void,
  max = 10,
  lives = livesSeconds,
  limits: Partial<typeof lookLimits> = {},
): Pool {
  const pool = new WatchedPool({
    Client,
    connectionString,
    max,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: lives,
    application_name: "trellis",
    pipeline: true,
    ...limits,
    types: valueTypes,
  });
  pool.on("error", onLost);
  pool.on("connect", (connection) => {
    connection.on("error", onLost);
    gather(connection.connection.stream);
  });
  return pool;
}
