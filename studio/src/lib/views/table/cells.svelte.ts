import type { DescribedEntity, DescribedField } from "engine";
import { flushSync } from "svelte";
import { get, patch, Problem, type RecordRow } from "#lib/api.ts";
import { unlessAlike } from "#lib/duplicates/asking.svelte.ts";
import { plain } from "#lib/format.ts";
import type { Workspace } from "#lib/model.svelte.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { undoOperation } from "#lib/undo.ts";
import { words } from "#lib/words/index.ts";
import type { Rows } from "../rows.svelte.ts";
import { isWritten, type Column } from "./columns.ts";
import { cellKey, faultsOf, pastedMost, readPasted, writePasted, type Pasted } from "./paste.ts";

/** A cell that is being written. */
interface Edit {
  readonly id: string;
  readonly field: string;
  value: unknown;
  before: unknown;
  fault: string;
}

/** What the cells of a table are written with. */
interface Around {
  readonly entity: () => DescribedEntity;
  readonly workspace: Workspace;
  readonly rows: Rows;
  readonly columns: () => readonly Column[];
  /** Gives the focus back to the table. */
  readonly focus: () => void;
  /** Moves the cursor to a cell: its row by id, its column by path. */
  readonly point: (id: string, path: string) => void;
}

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const nothing: ReadonlyMap<string, string> = new Map();

/** Puts the focus into a cell's control: what stands there is chosen, so that typing replaces it, or gone on with. */
function focusIn(id: string, replace: boolean): void {
  const found = document.getElementById(id);
  const control = found?.matches("fieldset") ? found.querySelector<HTMLElement>("input:checked, input") : found;
  control?.focus();
  if (!(control instanceof HTMLInputElement)) return;
  if (replace) control.select();
  else if (control.type === "text") control.setSelectionRange(control.value.length, control.value.length);
}

/** The cells of a table: which one is being written, and what was wrong with some. */
export class Cells {
  readonly #around: Around;
  #working: Promise<unknown> = Promise.resolve();
  editing = $state<Edit | undefined>();
  /** What was wrong with what was pasted, by cell. */
  faults = $state.raw(nothing);

  constructor(around: Around) {
    this.#around = around;
  }

  /** Whether somebody may write into this cell. */
  writes(column: Column | undefined): column is Column {
    return column !== undefined && isWritten(column) && this.#around.entity().rights.update;
  }

  /** Opens a cell for writing, where it can be written. With `replace`, what is typed takes the place of what stands there. */
  begin(row: RecordRow, column: Column, replace = false): void {
    if (!this.writes(column)) return;
    const { path } = column;
    this.faults = nothing;
    this.#open({ id: row.id, field: path, value: row[path] ?? null, before: row[path] ?? null, fault: "" }, replace);
  }

  #open(edit: Edit, replace = false): void {
    flushSync(() => (this.editing = edit));
    focusIn(`cell-${edit.id}-${edit.field}`, replace);
  }

  /** Takes away what was told of what was pasted; answers whether something was. */
  forgive(): boolean {
    const some = this.faults.size > 0;
    this.faults = nothing;
    if (some) toasts.dismiss();
    return some;
  }

  leave(): void {
    this.editing = undefined;
    this.#around.focus();
  }

  /** Takes what was typed and writes it while one goes on; a refusal opens the cell again and says why. */
  take(focus: boolean): void {
    const { editing } = this;
    this.editing = undefined;
    if (focus) this.#around.focus();
    if (editing) this.#write($state.snapshot(editing));
  }

  empty(row: RecordRow, column: Column): void {
    if (!this.writes(column)) return;
    this.#write({ id: row.id, field: column.path, value: null, before: row[column.path] ?? null, fault: "" });
  }

  /** One write after the other: each needs the version that the one before it made. */
  #write(edit: Edit): void {
    const { rows } = this.#around;
    const { id, field, value, before } = edit;
    const row = rows.items.find((item) => item.id === id);
    if (!row || same(value, before)) return;
    const pointing = (this.#field(field)?.targets.length ?? 0) > 0;
    if (!pointing) rows.replace({ ...row, [field]: value });
    this.#working = this.#working.then(() => this.#send(edit));
  }

  async #send(edit: Edit): Promise<void> {
    const { rows, entity } = this.#around;
    const { id, field, value, before } = edit;
    const row = rows.items.find((item) => item.id === id);
    if (!row) return;
    const { name, name_field, title } = entity();
    try {
      const path = `/api/records/${name}/${id}`;
      const { body, operation } = await unlessAlike((despite) =>
        patch<RecordRow>(path + despite, { [field]: value }, row.version),
      );
      rows.replace(body);
      toasts.tell(
        words.saved(String(body[name_field ?? ""] ?? title)),
        operation ? () => undoOperation(operation).then(() => rows.again()) : undefined,
      );
    } catch (error) {
      rows.replace({ ...row, [field]: before });
      const { status, said } =
        error instanceof Problem
          ? { status: error.status, said: error.for(field) ?? error.message }
          : { status: 0, said: String(error) };
      this.#refused({ ...edit, fault: status === 412 ? await this.#whoWasFirst(id, field) : said });
    }
  }

  /** The cell that was refused is open again, unless one writes elsewhere by now. */
  #refused(edit: Edit): void {
    if (this.editing) {
      this.faults = new Map([...this.faults, [cellKey(edit.id, edit.field), edit.fault]]);
      toasts.fail(edit.fault);
      return;
    }
    this.#around.point(edit.id, edit.field);
    this.#open(edit);
  }

  /** Who is writing into a cell is told when somebody else has written it meanwhile. */
  warn(): void {
    const { editing } = this;
    const row = editing && this.#around.rows.items.find(({ id }) => id === editing.id);
    if (!editing || !row || same(row[editing.field], editing.before)) return;
    editing.before = row[editing.field] ?? null;
    editing.fault = this.#first(row, editing.field);
  }

  async #whoWasFirst(id: string, name: string): Promise<string> {
    const row = await get<RecordRow>(`/api/records/${this.#around.entity().name}/${id}`);
    this.#around.rows.replace(row);
    return this.#first(row, name);
  }

  #first(row: RecordRow, name: string): string {
    const field = this.#field(name);
    const { workspace } = this.#around;
    return words.somebodyFirst((field && plain(field, row[name], workspace, row._names?.[name])) || words.emptyValue);
  }

  #field(name: string): DescribedField | undefined {
    return this.#around.workspace.field(this.#around.entity().name, name);
  }

  /** Writes a block of texts into the cells from a place on, as one operation. Where one is wrong, none is written. */
  paste(block: readonly (readonly string[])[], at: number, from: number): void {
    this.#working = this.#working.then(() => this.#paste(block, at, from)).catch(({ message }) => toasts.fail(message));
  }

  async #paste(block: readonly (readonly string[])[], at: number, from: number): Promise<void> {
    const { rows, workspace, entity } = this.#around;
    const columns = this.#around.columns().slice(from);
    if (block.length > pastedMost) return toasts.fail(words.pasteTooLong(String(pastedMost)));
    while (rows.items.length < at + block.length && rows.next) await rows.more();
    const wide = Math.max(...block.map(({ length }) => length));
    if (rows.items.length < at + block.length || wide > columns.length) return toasts.fail(words.pasteNoRoom);
    const targets = block.flatMap((texts, down) =>
      texts.map((text, right) => ({ row: rows.items[at + down]!, column: columns[right]!, text })),
    );
    const pasted = await readPasted(workspace, targets);
    if (pasted.faults.size > 0) return this.#tell(pasted.faults);
    if (pasted.changes.length === 0) return toasts.tell(words.noneWouldChange);
    try {
      const { items, operation } = await writePasted(entity().name, pasted);
      for (const row of items) rows.replace(row);
      this.faults = nothing;
      toasts.tell(words.pastedCells(String(pasted.cells)), () => undoOperation(operation).then(() => rows.again()));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#tell(faultsOf(error, pasted as Pasted), error.message);
    }
  }

  /** Tells what is wrong beside each cell, the cursor at the first of them. */
  #tell(faults: ReadonlyMap<string, string>, said = ""): void {
    this.faults = faults;
    const [first] = faults.keys();
    const [id = "", path = ""] = first?.split(" ") ?? [];
    if (first) this.#around.point(id, path);
    toasts.fail(faults.size > 0 ? words.pasteRefused(String(faults.size)) : said);
  }
}
