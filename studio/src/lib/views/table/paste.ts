import type { DescribedField } from "engine";
import { ask, get, listPath, type Page, type Problem, type RecordRow } from "#lib/api.ts";
import type { Workspace } from "#lib/model.svelte.ts";
import { words } from "#lib/words/index.ts";
import { readCell, writeCell, type Hand } from "./cell-text.ts";
import { isWritten, type Column } from "./columns.ts";

/** One cell of a table that a text is written into. */
interface Target {
  readonly row: RecordRow;
  readonly column: Column;
  readonly text: string;
}

/** What a pasted block comes to: the changes of rows, and what is wrong with which cell. */
export interface Pasted {
  readonly changes: readonly Readonly<Record<string, unknown>>[];
  readonly cells: number;
  readonly faults: ReadonlyMap<string, string>;
}

/** How many rows one request changes at most. */
export const pastedMost = 1000;
const namesAtOnce = 50;

/** The name of a cell among those of a table. */
export const cellKey = (id: string, path: string) => `${id} ${path}`;

/** How the reader writes the values of a row: amounts without a currency are in that of the amount before. */
export function handOf(workspace: Workspace, before?: unknown): Hand {
  const { locale, timeZone, currency } = workspace;
  const own =
    typeof before === "object" && before !== null && "currency" in before ? String(before.currency) : currency;
  const stagesOf = (field: DescribedField) => workspace.stagesOf(field);
  return { locale, timeZone, currency: own, yes: words.yes, no: words.no, stagesOf };
}

/** The text of a cell, as it is copied. */
export function textOf(workspace: Workspace, row: RecordRow, { path, field }: Column): string {
  return writeCell(field, row[path], handOf(workspace), row._names?.[path]);
}

/** Reads texts for cells, each by its field. A cell that says what it says already is left alone. */
export async function readPasted(workspace: Workspace, targets: readonly Target[]): Promise<Pasted> {
  const told = targets.filter((it) => it.text.trim() !== textOf(workspace, it.row, it.column));
  const faults = new Map<string, string>();
  const read = told.map((target) => ({ ...target, read: readTarget(workspace, target) }));
  const named = await lookUp(
    workspace,
    read.flatMap(({ column, read }) => (read.kind === "name" ? [{ field: column.field, name: read.name }] : [])),
  );
  const changes = new Map<string, Record<string, unknown>>();
  for (const { row, column, text, read: cell } of read) {
    const found = cell.kind === "name" ? named(column.field, cell.name) : undefined;
    const key = cellKey(row.id, column.path);
    if (!isWritten(column)) faults.set(key, words.cellLocked(column.title));
    else if (cell.kind === "unreadable") faults.set(key, words.cellUnreadable(text.trim(), column.title));
    else if (found && found.length !== 1) faults.set(key, words.cellNobody(text.trim(), found.length));
    else {
      const change = changes.get(row.id) ?? { id: row.id, version: row.version };
      changes.set(row.id, { ...change, [column.path]: found ? found[0] : cell.kind === "value" ? cell.value : null });
    }
  }
  return { changes: [...changes.values()], cells: told.length, faults };
}

const readTarget = (workspace: Workspace, { row, column, text }: Target) =>
  readCell(column.field, text, handOf(workspace, row[column.path]));

interface Naming {
  readonly field: DescribedField;
  readonly name: string;
}

/** Finds records by their names: all that bear one. Each entity is asked once for fifty names. */
async function lookUp(workspace: Workspace, namings: readonly Naming[]) {
  const wanted = new Map<string, Set<string>>();
  for (const { field, name } of namings)
    for (const target of field.targets) wanted.set(target, (wanted.get(target) ?? new Set()).add(name));
  const asked = [...wanted].flatMap(([entity, names]) =>
    Array.from({ length: Math.ceil(names.size / namesAtOnce) }, (_, at) => ({
      entity,
      names: [...names].slice(at * namesAtOnce, (at + 1) * namesAtOnce),
    })),
  );
  const found = await Promise.all(asked.map(({ entity, names }) => namedIn(workspace, entity, names)));
  const all = found.flat();
  return ({ targets }: DescribedField, name: string): readonly unknown[] =>
    all
      .filter((it) => targets.includes(it.entity) && it.name === name)
      .map(({ entity, id }) => (targets.length > 1 ? { entity, id } : id));
}

async function namedIn(workspace: Workspace, entity: string, names: readonly string[]) {
  const nameField = workspace.entity(entity)?.name_field;
  if (!nameField) return [];
  const list = names.map((name) => `'${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`).join(", ");
  const query = { filter: `${nameField} in [${list}]`, fields: nameField, limit: 200 };
  const { items } = await get<Page>(listPath(entity, query));
  return items.map((row) => ({ entity, id: row.id, name: String(row[nameField]) }));
}

/** Writes changes of many rows as one operation: all of them, or none. */
export async function writePasted(entity: string, { changes }: Pasted) {
  const { body } = await ask<{ operation: string; items: readonly RecordRow[] }>("PATCH", `/api/records/${entity}`, {
    body: changes,
  });
  return body;
}

/** Where in the table the server found something wrong; what concerns a whole row stands at its first cell written. */
export function faultsOf({ faults }: Problem, { changes }: Pasted): ReadonlyMap<string, string> {
  return new Map(
    faults.flatMap(({ path, detail }) => {
      const [, at = "", field] = path.split("/");
      const change = changes[Number(at)];
      const fields = Object.keys(change ?? {}).filter((name) => name !== "id" && name !== "version");
      const own = fields.find((name) => name === field) ?? fields[0];
      return change && own ? [[cellKey(String(change.id), own), detail] as const] : [];
    }),
  );
}
