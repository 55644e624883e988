import { get, listPath, type Page, type RecordRow } from "../api.ts";
import type { Stirred } from "../live.svelte.ts";

/** More changes than this are read as a whole. */
const stirredMost = 50;
const shownMost = 500;

/** What is asked of a list. */
export interface Asked {
  readonly entity: string;
  readonly filter: string;
  readonly search: string;
  readonly sort: string;
  readonly limit?: number;
  /** The conditions of the view's colours. */
  readonly colours?: string | undefined;
}

/** The rows of a list, page by page; a change of what is asked begins anew and drops late answers. */
export class Rows {
  items = $state.raw<readonly RecordRow[]>([]);
  count = $state.raw<Page["count"]>();
  loading = $state(true);
  fault = $state("");
  next = $state<string | null>(null);
  #asked: Asked | undefined;
  #abort = new AbortController();

  async ask(asked: Asked): Promise<void> {
    this.#asked = asked;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.loading = true;
    this.fault = "";
    const { signal } = this.#abort;
    try {
      const page = await this.#read(signal, undefined);
      this.items = page.items;
      this.next = page.next;
      this.count = page.count;
    } catch (error) {
      if (signal.aborted) return;
      this.items = [];
      this.fault = error instanceof Error ? error.message : String(error);
    }
    if (!signal.aborted) this.loading = false;
  }

  /** The next page, where there is one. */
  async more(): Promise<void> {
    if (!this.next || this.loading) return;
    this.loading = true;
    const { signal } = this.#abort;
    try {
      const page = await this.#read(signal, this.next);
      if (signal.aborted) return;
      this.items = [...this.items, ...page.items];
      this.next = page.next;
    } catch {
      // The cursor belongs to a list that has changed: it is read again from its beginning.
      if (!signal.aborted && this.#asked) await this.ask(this.#asked);
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }

  /** A row as it is now, after a write of ours. */
  replace(row: RecordRow): void {
    this.items = this.items.map((item) =>
      item.id === row.id ? { _colour: item._colour, ...row, _names: { ...item._names, ...row._names } } : item,
    );
  }

  /** Rows as they are now, where others wrote them; what is no longer in the list goes, what comes new is fetched with it. */
  async stir({ changed, gone, all }: Stirred): Promise<boolean> {
    const asked = this.#asked;
    if (!asked || this.loading) return false;
    if (all || changed.length > stirredMost) return (await this.#quietly(asked), true);
    const left = new Set(gone);
    const before = new Map(this.items.map((item) => [item.id, item]));
    const now = changed.length === 0 ? [] : await this.#only(asked, changed);
    if (asked !== this.#asked) return false;
    for (const id of changed) if (!now.some((row) => row.id === id)) left.add(id);
    const moved = now.some((row) => !sameOrder(asked.sort, before.get(row.id), row));
    if (moved) return (await this.#quietly(asked), true);
    for (const row of now) this.replace(row);
    const kept = this.items.filter(({ id }) => !left.has(id));
    const lost = this.items.length - kept.length;
    if (lost > 0) {
      this.items = kept;
      if (this.count) this.count = { ...this.count, value: this.count.value - lost };
    }
    return now.length + lost > 0;
  }

  /** Reads what is shown again, without taking it away meanwhile. */
  async #quietly(asked: Asked): Promise<void> {
    const limit = Math.min(shownMost, Math.max(asked.limit ?? 100, this.items.length));
    const { signal } = this.#abort;
    const page = await get<Page>(
      listPath(asked.entity, { ...asked, entity: undefined, limit, count: "capped" }),
      signal,
    );
    if (asked !== this.#asked) return;
    this.items = page.items;
    this.next = page.next;
    this.count = page.count;
  }

  async #only(asked: Asked, ids: readonly string[]): Promise<readonly RecordRow[]> {
    const filter = [asked.filter && `(${asked.filter})`, `id in [${ids.map((id) => `'${id}'`).join(", ")}]`];
    const { entity, search, colours } = asked;
    const path = listPath(entity, { filter: filter.filter(Boolean).join(" && "), search, colours, limit: ids.length });
    return (await get<Page>(path, this.#abort.signal)).items;
  }

  async again(): Promise<void> {
    if (this.#asked) await this.ask(this.#asked);
  }

  #read(signal: AbortSignal, cursor: string | undefined): Promise<Page> {
    const { entity, filter, search, sort, colours, limit = 100 } = this.#asked!;
    return get<Page>(
      listPath(entity, { filter, search, sort, colours, limit, cursor, count: cursor ? undefined : "capped" }),
      signal,
    );
  }
}

/** Whether a row keeps its place: it was there, and nothing that it is sorted by has changed. */
function sameOrder(sort: string, before: RecordRow | undefined, now: RecordRow): boolean {
  const keys = sort.split(",").map((key) => key.replace(/^-/, ""));
  return before !== undefined && keys.every((key) => JSON.stringify(before[key]) === JSON.stringify(now[key]));
}
