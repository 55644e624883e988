import { SvelteSet } from "svelte/reactivity";
import type { RecordRow } from "#lib/api.ts";

/** What a bulk change is asked for: some records by name, or all that a list finds. */
export type Meant = { readonly ids: readonly string[] } | { readonly filter: string; readonly search: string };

/** Which rows of a list are chosen: some of those that have been read, or all that the list finds. */
export class Selection {
  readonly #rows: () => readonly RecordRow[];
  readonly #ids = new SvelteSet<string>();
  #all = $state(false);
  /** Where the range began that shift draws, and how far it goes: places of rows. */
  #range: { readonly from: number; readonly to: number } | undefined;

  readonly chosen = $derived.by(() => this.#rows().filter(({ id }) => this.has(id)));
  /** Whether all rows are chosen that have been read. */
  readonly whole = $derived.by(() => this.chosen.length > 0 && this.chosen.length === this.#rows().length);

  constructor(rows: () => readonly RecordRow[]) {
    this.#rows = rows;
  }

  /** Whether rows are meant as well that have not been read: all that the list finds. */
  get all(): boolean {
    return this.#all;
  }

  has(id: string): boolean {
    return this.#all || this.#ids.has(id);
  }

  set(id: string, on: boolean): void {
    this.#range = undefined;
    if (this.#all) this.chooseRead();
    if (on) this.#ids.add(id);
    else this.#ids.delete(id);
  }

  toggle(id: string): void {
    this.set(id, !this.has(id));
  }

  /** Draws the range from where it began on to another row; what it leaves behind is let go. */
  extend(from: number, to: number): void {
    if (this.#all) this.chooseRead();
    if (this.#range?.to !== from) this.#range = { from, to: from };
    const range = this.#range;
    for (const { id } of this.#between(range)) this.#ids.delete(id);
    this.#range = { from: range.from, to };
    for (const { id } of this.#between(this.#range)) this.#ids.add(id);
  }

  /** Chooses the rows that have been read. */
  chooseRead(): void {
    this.#all = false;
    for (const { id } of this.#rows()) this.#ids.add(id);
  }

  /** Chooses all that the list finds. */
  chooseAll(): void {
    this.#all = true;
  }

  clear(): void {
    this.#all = false;
    this.#range = undefined;
    this.#ids.clear();
  }

  #between({ from, to }: { readonly from: number; readonly to: number }): readonly RecordRow[] {
    return this.#rows().slice(Math.min(from, to), Math.max(from, to) + 1);
  }
}
