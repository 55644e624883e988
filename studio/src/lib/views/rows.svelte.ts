import { get, listPath, type Page, type RecordRow } from "../api.ts";

/** What is asked of a list. */
export interface Asked {
  readonly entity: string;
  readonly filter: string;
  readonly search: string;
  readonly sort: string;
  readonly limit?: number;
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
      item.id === row.id ? { ...row, _names: { ...item._names, ...row._names } } : item,
    );
  }

  async again(): Promise<void> {
    if (this.#asked) await this.ask(this.#asked);
  }

  #read(signal: AbortSignal, cursor: string | undefined): Promise<Page> {
    const { entity, filter, search, sort, limit = 100 } = this.#asked!;
    return get<Page>(
      listPath(entity, { filter, search, sort, limit, cursor, count: cursor ? undefined : "capped" }),
      signal,
    );
  }
}
