import type { DescribedEntity } from "engine";
import { get, patch, Problem, type RecordRow } from "#lib/api.ts";
import { plain } from "#lib/format.ts";
import type { Workspace } from "#lib/model.svelte.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { undoOperation } from "#lib/undo.ts";
import { words } from "#lib/words/index.ts";
import type { Rows } from "../rows.svelte.ts";
import { isWritten, type Column } from "./columns.ts";

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
  /** Gives the focus back to the table. */
  readonly focus: () => void;
}

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Writing into the cells of a table. */
export class Cells {
  readonly #around: Around;
  editing = $state<Edit | undefined>();

  constructor(around: Around) {
    this.#around = around;
  }

  /** Opens a cell for writing, where it can be written. */
  begin(row: RecordRow, column: Column): void {
    const { path } = column;
    if (!isWritten(column) || !this.#around.entity().rights.update) return;
    this.editing = { id: row.id, field: path, value: row[path] ?? null, before: row[path] ?? null, fault: "" };
    requestAnimationFrame(() => document.getElementById(`cell-${row.id}-${path}`)?.focus());
  }

  leave(): void {
    this.editing = undefined;
    this.#around.focus();
  }

  async save(): Promise<void> {
    if (!this.editing) return;
    const { rows, entity } = this.#around;
    const { id, field, value, before } = this.editing;
    const row = rows.items.find((item) => item.id === id);
    if (!row || same(value, before)) return void (this.editing = undefined);
    rows.replace({ ...row, [field]: value });
    const { name, name_field, title } = entity();
    try {
      const { body, operation } = await patch<RecordRow>(`/api/records/${name}/${id}`, { [field]: value }, row.version);
      rows.replace(body);
      this.editing = undefined;
      toasts.tell(
        words.saved(String(row[name_field ?? ""] ?? title)),
        operation ? () => undoOperation(operation).then(() => rows.again()) : undefined,
      );
    } catch (error) {
      rows.replace({ ...row, [field]: before });
      if (!(error instanceof Problem)) throw error;
      const fault = error.status === 412 ? await this.#whoWasFirst(id, field) : (error.for(field) ?? error.message);
      this.editing = { id, field, value, before, fault };
    }
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
    const { workspace, entity } = this.#around;
    const field = workspace.field(entity().name, name);
    return words.somebodyFirst((field && plain(field, row[name], workspace, row._names?.[name])) || words.emptyValue);
  }
}
