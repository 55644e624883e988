import type { Access } from "../access.ts";
import type { Entity, Field } from "../model.ts";
import { nearest } from "../nearest.ts";

/** A field that a column of a file probably means. */
export interface Suggestion {
  readonly column: string;
  readonly field: string;
}

/**
 * The field that each column probably means, by its name or title; each field at most once. Columns that resemble
 * nothing are left out.
 */
export function suggestColumns(entity: Entity, access: Access, columns: readonly string[]): readonly Suggestion[] {
  const rights = access.entity(entity.name);
  const writable = (field: Field) =>
    field.type.name === "state"
      ? rights?.rule("bypass").kind !== "none"
      : !field.readOnly && rights?.writable(field).kind !== "none";
  const names = new Map<string, string>();
  for (const field of entity.fields.values())
    if (writable(field)) for (const name of [field.title, field.name]) names.set(name, field.name);
  const taken = new Set<string>();
  return columns.flatMap((column) => {
    const free = [...names.keys()].filter((name) => !taken.has(names.get(name) ?? ""));
    const field = names.get(nearest(column, free) ?? lastWord(column, free) ?? "");
    if (field === undefined) return [];
    taken.add(field);
    return [{ column, field }];
  });
}

/** `deal_stage` means `stage`: the words after the first, where they name a field. */
function lastWord(column: string, names: readonly string[]): string | undefined {
  const words = column.split(/[\s_\-.]+/);
  return words.length < 2 ? undefined : nearest(words.slice(1).join(" "), names);
}
