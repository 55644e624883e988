import { tick } from "svelte";
import type { RecordRow } from "#lib/api.ts";
import type { Workspace } from "#lib/model.svelte.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { words } from "#lib/words/index.ts";
import type { Rows } from "../rows.svelte.ts";
import { cellActOf, isForTable } from "./cell-keys.ts";
import { readBlock, writeBlock } from "./cell-text.ts";
import type { Cells } from "./cells.svelte.ts";
import type { Column } from "./columns.ts";
import { textOf } from "./paste.ts";
import type { Selection } from "./selection.svelte.ts";

/** The table that a cursor stands in. */
interface Around {
  readonly workspace: Workspace;
  readonly rows: Rows;
  readonly selection: Selection;
  readonly cells: Cells;
  readonly columns: () => readonly Column[];
  /** What scrolls. */
  readonly box: () => HTMLElement | undefined;
  /** The cursor stands on another row. */
  readonly onmove: (row: RecordRow) => void;
}

/** How high a row is. */
export const rowPx = 32;
const readAhead = 20;

/** Where one stands in a table, on a row or on one of its cells, and what keys and the clipboard do there. */
export class Cursor {
  readonly #around: Around;
  /** The place of its row; -1 before it stands anywhere. */
  at = $state(-1);
  /** The place of its column; -1 where it stands on a row as a whole. */
  column = $state(-1);
  readonly row = $derived.by(() => this.#around.rows.items[this.at]);
  /** The column of the cell that it stands on. */
  readonly cell = $derived.by(() => (this.row ? this.#around.columns()[this.column] : undefined));

  constructor(around: Around) {
    this.#around = around;
  }

  /** Moves by rows; with `choosing` the rows on the way are chosen. */
  move(by: number, choosing = false): void {
    const { rows, selection, onmove } = this.#around;
    const box = this.#around.box();
    const before = this.at;
    this.at = Math.max(0, Math.min(rows.items.length - 1, before + by));
    if (choosing) selection.extend(Math.max(0, before), this.at);
    const y = this.at * rowPx;
    if (box && y < box.scrollTop) box.scrollTop = y;
    if (box && y + rowPx * 3 > box.scrollTop + box.clientHeight) box.scrollTop = y + rowPx * 3 - box.clientHeight;
    if (this.at > rows.items.length - readAhead) void rows.more();
    if (this.row) onmove(this.row);
  }

  /** Moves to another column of its row. */
  moveTo(column: number): void {
    const box = this.#around.box();
    this.column = Math.max(-1, Math.min(this.#around.columns().length - 1, column));
    this.at = Math.max(0, this.at);
    box?.focus();
    void tick().then(() => box?.querySelector("td.at")?.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }

  /** Moves to a cell: its row by id, its column by path. */
  pointAt(id: string, path: string): void {
    const place = this.#around.rows.items.findIndex((row) => row.id === id);
    if (place < 0) return;
    this.move(place - this.at);
    this.moveTo(this.#around.columns().findIndex((column) => column.path === path));
  }

  /** A click moves the cursor; with shift it chooses all rows up to here, with control this row as well. */
  point(place: number, event: MouseEvent): void {
    const { rows, selection } = this.#around;
    const row = rows.items[place];
    const target = event.target as Element;
    if (!row || target.closest("a, label, .editor")) return;
    const adds = event.ctrlKey || event.metaKey;
    if (event.shiftKey) selection.extend(Math.max(0, this.at), place);
    else if (adds) selection.toggle(row.id);
    this.at = place;
    this.column = event.shiftKey || adds ? -1 : (target.closest("td")?.cellIndex ?? -1);
  }

  /** The checkbox of a row was pressed; with `range` all rows up to it are meant. */
  choose(place: number, on: boolean, range: boolean): void {
    const { rows, selection } = this.#around;
    const row = rows.items[place];
    if (row && range) selection.extend(Math.max(0, this.at), place);
    else if (row) selection.set(row.id, on);
    this.at = place;
    this.column = -1;
  }

  /** Goes to the next cell that can be written, or to the one before it; answers whether there is one. */
  step(by: 1 | -1): boolean {
    const { rows, cells } = this.#around;
    const columns = this.#around.columns();
    const count = columns.length;
    for (let cell = this.at * count + this.column + by; cell >= 0 && cell < rows.items.length * count; cell += by) {
      if (!cells.writes(columns[cell % count])) continue;
      this.move(Math.floor(cell / count) - this.at);
      this.moveTo(cell % count);
      return true;
    }
    return false;
  }

  /** Begins to write into the first cell of its row that can be written. */
  write(): void {
    const { cells } = this.#around;
    const columns = this.#around.columns();
    const first = columns.findIndex((column) => cells.writes(column));
    if (!this.row || first < 0) return;
    this.moveTo(first);
    cells.begin(this.row, columns[first]!);
  }

  /** What was typed is written, and the cursor goes on. */
  taken(to: "down" | "next" | "before" | undefined): void {
    this.#around.cells.take(to !== undefined);
    if (to === "down") this.move(1);
    else if (to !== undefined) this.step(to === "next" ? 1 : -1);
  }

  /** What a key does in a table, before it is one of the keys of the screen. */
  press(event: KeyboardEvent): void {
    const { rows, selection, cells } = this.#around;
    const { row, cell } = this;
    const act = isForTable(event.target, this.#around.box()) ? cellActOf(event, cell !== undefined) : undefined;
    if (!act || rows.items.length === 0) return;
    const writes = cells.writes(cell);
    if (act === "write" && !writes) return;
    if (act === "empty" && selection.chosen.length > 0) return;
    if ((act === "next" || act === "before") && !this.step(act === "next" ? 1 : -1)) return void (this.column = -1);
    event.stopPropagation();
    // What is typed arrives in the control that has the focus by then.
    if (act !== "type" || !writes) event.preventDefault();
    if (act === "all") selection.chooseRead();
    else if (act === "left") this.moveTo(this.column - 1);
    else if (act === "right") this.moveTo(this.column + 1);
    else if (act === "leave" && !cells.forgive()) this.column = -1;
    else if (row && writes && act === "empty") cells.empty(row, cell);
    else if (row && writes && (act === "write" || act === "type")) cells.begin(row, cell, act === "type");
  }

  /** Copies the chosen rows, else the cell, else the row: as spreadsheets read it. */
  copy(event: ClipboardEvent): void {
    const { workspace, selection } = this.#around;
    const many = selection.chosen.length > 0;
    const from = many ? selection.chosen : this.row ? [this.row] : [];
    if (from.length === 0 || !isForTable(event.target, this.#around.box()) || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    const columns = this.cell && !many ? [this.cell] : this.#around.columns();
    const block = from.map((row) => columns.map((column) => textOf(workspace, row, column)));
    event.clipboardData?.setData("text/plain", writeBlock(block));
    toasts.tell(this.cell && !many ? words.cellCopied : words.rowsCopied(String(from.length)));
  }

  /** Writes what a spreadsheet put on the clipboard into the cells from here on. */
  paste(event: ClipboardEvent): void {
    const block = readBlock(event.clipboardData?.getData("text/plain") ?? "");
    if (!this.cell || block.length === 0 || !isForTable(event.target, this.#around.box())) return;
    event.preventDefault();
    this.#around.cells.paste(block, this.at, this.column);
  }
}
