import { veiledFields, type Access } from "../access.ts";
import { fault, type Fault } from "../problem.ts";
import { changedFields } from "../write.ts";
import { readNew, readPatch, type Values } from "../values.ts";
import { foundBy } from "../mail-fields.ts";
import type { Field, Model } from "../model.ts";
import type { ConvertedRow } from "./convert.ts";
import type { ImportMapping } from "./plan.ts";

/** A row whose references have been found: the values it wants its record to have. */
export interface ReadyRow {
  /** Its number in the file. */
  readonly number: number;
  readonly values: Values;
  readonly state: ConvertedRow["state"];
}

/** What a row wants written, and the fields of it that its writer may write on some records only. */
interface Writing {
  readonly row: ReadyRow;
  readonly values: Values;
  readonly conditional: readonly Field[];
}

/** What a row will do. */
export type RowOutcome =
  | (Writing & { readonly act: "create" })
  | (Writing & { readonly act: "update"; readonly existing: Values })
  | { readonly act: "unchanged"; readonly row: ReadyRow }
  | { readonly act: "reject"; readonly row: ReadyRow; readonly faults: readonly Fault[] };

/**
 * Decides what a row does to the record that it was matched with: a new one is made whole, with defaults; one that
 * exists is given the values of the file's columns, and is left alone where it has them already.
 */
export function planRow(
  { model, access, mapping }: { readonly model: Model; readonly access: Access; readonly mapping: ImportMapping },
  row: ReadyRow,
  existing: Values | undefined,
): RowOutcome {
  const rights = access.entity(mapping.entity.name);
  const asking = { model, entity: mapping.entity, access: rights };
  const read = existing ? readPatch(asking, row.values) : readNew(asking, row.values);
  if (read.faults.length > 0) return { act: "reject", row, faults: read.faults };
  if (!existing) return { act: "create", row, values: read.values, conditional: read.conditional };
  const changed = changedFields(mapping.entity, existing, read.values, rights && veiledFields(rights));
  const moved =
    mapping.state !== undefined && row.state !== undefined && existing[mapping.state.field.name] !== row.state;
  if (moved) return { act: "reject", row, faults: [stateMoved(mapping, existing)] };
  if (changed.length === 0) return { act: "unchanged", row };
  return {
    act: "update",
    row,
    existing,
    values: Object.fromEntries(changed.map(({ name }) => [name, read.values[name]])),
    conditional: read.conditional.filter((field) => changed.includes(field)),
  };
}

/** The values by which rows and records find each other, as one text; `undefined` where one of them is empty. */
export function matchKey(mapping: ImportMapping, values: Values): string | undefined {
  const parts = mapping.match.map(({ name }) => values[name] ?? null);
  return parts.length === 0 || parts.includes(null) ? undefined : JSON.stringify(parts);
}

/** All texts by which other rows find the record of a row: an address of hers in whichever field it stands. */
export function foundKeys({ entity, match }: ImportMapping, values: Values): readonly string[] {
  if (match.length === 0) return [];
  const places = match.map((field) => foundBy(entity, field).flatMap(({ name }) => values[name] ?? []));
  const keys = places.reduce<readonly (readonly unknown[])[]>(
    (sofar, parts) => sofar.flatMap((key) => parts.map((part) => [...key, part])),
    [[]],
  );
  return keys.map((key) => JSON.stringify(key));
}

function stateMoved({ state }: ImportMapping, existing: Values): Fault {
  const name = state?.field.name ?? "";
  return fault("import.state_moved", { state: String(existing[name]), path: `/${name}` });
}
