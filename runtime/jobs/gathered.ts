import { setTimeout } from "node:timers/promises";

/**
 * Does the same for many at once: who comes while others are served is served with all who came meanwhile. Where nobody
 * waits for the answer, it lingers so long (ms) for more while they come in a stream.
 */
export class Gathered<Item, Result> {
  readonly #work: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #most: number;
  readonly #lingerMs: number;
  #waiting: { readonly item: Item; readonly done: PromiseWithResolvers<Result> }[] = [];
  #working = false;
  #servedAt = -Infinity;

  constructor(
    work: (items: readonly Item[]) => Promise<readonly Result[]>,
    { most = 500, lingerMs = 0 }: { readonly most?: number; readonly lingerMs?: number } = {},
  ) {
    this.#work = work;
    this.#most = most;
    this.#lingerMs = lingerMs;
  }

  /** Answers what came of it. */
  add(item: Item): Promise<Result> {
    const done = Promise.withResolvers<Result>();
    this.#waiting.push({ item, done });
    if (!this.#working) void this.#serve();
    return done.promise;
  }

  async #serve(): Promise<void> {
    this.#working = true;
    while (this.#waiting.length > 0) {
      if (performance.now() - this.#servedAt < this.#lingerMs) await setTimeout(this.#lingerMs);
      const them = this.#waiting.splice(0, this.#most);
      try {
        const results = await this.#work(them.map(({ item }) => item));
        them.forEach(({ done }, at) => done.resolve(results[at]!));
      } catch (error) {
        for (const { done } of them) done.reject(error);
      }
      this.#servedAt = performance.now();
    }
    this.#working = false;
  }
}
