import { Cache } from "engine/sql";
import type { Connection, Pool } from "../database/pool.ts";

/** What was found is believed for so long. A right that another process takes is used no longer than that. */
const believedMs = 500;
const keptMost = 1000;

interface Belief<Value> {
  readonly value: Promise<Value | undefined>;
  readonly until: number;
}

/**
 * What was read of those who ask often, so that it is not read with each request. What this process changes itself it
 * believes no longer, from the moment of its commit; what others change, for half a second after.
 */
export class Beliefs<Value> {
  #kept = new Cache<Belief<Value>>(keptMost);
  readonly #doubts = new Set<Connection>();

  /** What is believed under `key`, or what `read` finds; that there is nothing is not believed. */
  async find(key: string, read: () => Promise<Value | undefined>): Promise<Value | undefined> {
    if (this.#doubts.size > 0) return read();
    const known = this.#kept.find(key);
    if (known && known.until > performance.now()) return known.value;
    const kept = this.#kept;
    const belief = { value: read(), until: performance.now() + believedMs };
    kept.keep(key, belief);
    const found = await belief.value.catch((error: unknown) => {
      kept.drop(key, belief);
      throw error;
    });
    if (found === undefined) kept.drop(key, belief);
    return found;
  }

  /** Believes nothing of what was found so far. */
  forget(): void {
    this.#kept = new Cache(keptMost);
  }

  /** A transaction changes what may be believed: until it has ended, everybody is read anew. */
  doubt(pool: Pool, tx: Connection): void {
    this.forget();
    if (this.#doubts.has(tx)) return;
    this.#doubts.add(tx);
    const ended = (_: Error | undefined, released: Connection) => {
      if (released !== tx) return;
      pool.off("release", ended);
      this.#doubts.delete(tx);
      this.forget();
    };
    pool.on("release", ended);
  }
}
