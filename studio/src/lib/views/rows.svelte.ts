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
  /** What columns show: values at the end of paths over references stand in each row under their paths. */
  readonly columns?: readonly string[];
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
  #reading: Promise<void> | undefined;

  async ask(asked: Asked): Promise<void> {
    this.#reading = this.#begin(asked);
    await this.#reading;
  }

  async #begin(asked: Asked): Promise<void> {
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
    this.#reading = this.#goOn(this.next);
    await this.#reading;
  }

  async #goOn(next: string): Promise<void> {
    this.loading = true;
    const { signal } = this.#abort;
    try {
      const page = await this.#read(signal, next);
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
      item.id === row.id
        ? { _colour: item._colour, ...further(item), ...row, _names: { ...item._names, ...row._names } }
        : item,
    );
  }

  /** Rows as they are now, where others wrote them; what is no longer in the list goes, what comes new is fetched with it. */
  async stir(stirred: Stirred): Promise<boolean> {
    const { signal } = this.#abort;
    try {
      return await this.#stir(stirred);
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  /** What is being read may have been read before the change: it is waited for. */
  async #stir({ changed, gone, all }: Stirred): Promise<boolean> {
    while (this.loading && this.#reading) await this.#reading;
    const asked = this.#asked;
    if (!asked) return false;
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
    const page = await readPage(asked, { limit, count: "capped" }, signal);
    if (asked !== this.#asked) return;
    this.items = page.items;
    this.next = page.next;
    this.count = page.count;
  }

  async #only(asked: Asked, ids: readonly string[]): Promise<readonly RecordRow[]> {
    const filter = [asked.filter && `(${asked.filter})`, `id in [${ids.map((id) => `'${id}'`).join(", ")}]`];
    const only = { ...asked, filter: filter.filter(Boolean).join(" && "), sort: "" };
    return (await readPage(only, { limit: ids.length }, this.#abort.signal)).items;
  }

  async again(): Promise<void> {
    if (this.#asked) await this.ask(this.#asked);
  }

  #read(signal: AbortSignal, cursor: string | undefined): Promise<Page> {
    const asked = this.#asked!;
    return readPage(asked, { limit: asked.limit ?? 100, cursor, count: cursor ? undefined : "capped" }, signal);
  }
}

type Extent = Readonly<Record<"limit" | "cursor" | "count", string | number | undefined>>;

async function readPage(asked: Asked, extent: Partial<Extent>, signal: AbortSignal): Promise<Page> {
  const { entity, filter, search, sort, colours, columns = [] } = asked;
  const paths = columns.filter((path) => path.includes("."));
  const expand = [...new Set(paths.map((path) => path.split(".").slice(0, -1).join(".")))].join(",");
  const page = await get<Page>(listPath(entity, { filter, search, sort, colours, expand, ...extent }), signal);
  return paths.length === 0 ? page : { ...page, items: page.items.map((row) => flat(row, paths)) };
}

/** A row whose references are ids again, with the values at the end of paths beside them. */
function flat(row: RecordRow, paths: readonly string[]): RecordRow {
  const ends = paths.map((path) => {
    const names = path.split(".");
    const last = names.pop()!;
    const there = names.reduce<RecordRow | undefined>((at, name) => at?.[name] as RecordRow | undefined, row);
    return { path, value: there?.[last] ?? null, name: there?._names?.[last] ?? null };
  });
  const expanded = [...new Set(paths.map((path) => path.split(".")[0]!))];
  return {
    ...row,
    ...Object.fromEntries(expanded.map((name) => [name, (row[name] as RecordRow | null)?.id ?? null])),
    ...Object.fromEntries(ends.map(({ path, value }) => [path, value])),
    _names: { ...row._names, ...Object.fromEntries(ends.map(({ path, name }) => [path, name])) },
  };
}

/** What a row holds beyond its own fields. */
function further(row: RecordRow): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name.includes(".")));
}

/** Whether a row keeps its place: it was there, and nothing that it is sorted by has changed. */
function sameOrder(sort: string, before: RecordRow | undefined, now: RecordRow): boolean {
  const keys = sort.split(",").map((key) => key.replace(/^-/, ""));
  return before !== undefined && keys.every((key) => JSON.stringify(before[key]) === JSON.stringify(now[key]));
}
