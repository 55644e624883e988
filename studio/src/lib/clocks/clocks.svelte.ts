import { get } from "#lib/api.ts";
import type { Clock } from "./clock.ts";

const atOnce = 200;

/** The clocks of the records on the screen: what is asked for in one breath is one request. */
class Clocks {
  #known = $state.raw<ReadonlyMap<string, readonly Clock[]>>(new Map());
  readonly #wanted = new Map<string, Set<string>>();
  /** The moment that clocks are read by; it goes on by itself while somebody looks. */
  now = $state(Date.now());
  #goesOn = false;

  /** The clocks of a record, where they are known already. */
  of(entity: string, id: string): readonly Clock[] | undefined {
    return this.#known.get(`${entity} ${id}`);
  }

  /** Asks for the clocks of a record anew; others that are asked for now come along. */
  ask(entity: string, id: string): void {
    if (!this.#goesOn) setInterval(() => (this.now = Date.now()), 30_000);
    this.#goesOn = true;
    if (this.#wanted.size === 0) queueMicrotask(() => void this.#look());
    const ids = this.#wanted.get(entity) ?? new Set();
    this.#wanted.set(entity, ids.add(id));
  }

  async #look(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (const [entity, ids] of wanted)
      for (let from = 0; from < ids.size; from += atOnce) {
        const some = [...ids].slice(from, from + atOnce).join(",");
        const { items } = await get<{ items: Record<string, readonly Clock[]> }>(
          `/api/clocks/${entity}?ids=${some}`,
        ).catch(() => ({ items: {} }));
        const found = Object.entries(items).map(([id, clocks]) => [`${entity} ${id}`, clocks] as const);
        this.#known = new Map([...this.#known, ...found]);
        this.now = Date.now();
      }
  }
}

export const clocks = new Clocks();
