import type { Pool } from "pg";
import { isAway } from "../database/away.ts";

/**
 * A pool as graphile-worker needs it. That one notes that a job is done without waiting for the note: where it fails for good
 * nobody hears of it, and the process ends. It tries again for hours, but after errors whose code it knows alone: here each
 * error that says that the database is away has such a code. After the pool has ended nobody waits for its connections.
 */
export function lastingPool(pool: Pool): Pool {
  const connect = async () => {
    if (pool.ending) return new Promise<never>(() => undefined);
    const client = await pool.connect().catch(knownAway);
    return replaced(client, "query", (...asked: unknown[]) =>
      Promise.resolve((client.query as (...asked: unknown[]) => unknown)(...asked)).catch(knownAway),
    );
  };
  return replaced(pool, "connect", ((heard?: Parameters<Pool["connect"]>[0]) =>
    heard ? pool.connect(heard) : connect()) as Pool["connect"]);
}

/** The error with a code by which graphile-worker tries again after three seconds, and later after longer. */
function knownAway(error: unknown): never {
  throw isAway(error)
    ? Object.assign(new Error("The database is away.", { cause: error }), { code: "ETIMEDOUT" })
    : error;
}

/** The same object with one method that is done otherwise. */
function replaced<It extends object>(it: It, name: keyof It, method: unknown): It {
  return new Proxy(it, {
    get: (target, key) => {
      const found: unknown = key === name ? method : Reflect.get(target, key, target);
      return typeof found === "function" && key !== name ? found.bind(target) : found;
    },
  });
}
