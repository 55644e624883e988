import type { Access } from "../access.ts";
import { fault, type Fault } from "../problem.ts";
import { changedFields } from "../write.ts";
import { readNew, readPatch, setAside, type ReadValues, type Values } from "../values.ts";
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
  /** Fields whose cells cannot be read: then the row is asked what stands against it besides, and not written. */
  readonly unread?: ReadonlySet<string>;
}

/** What a row wants written. */
interface Writing {
  readonly row: ReadyRow;
  readonly read: ReadValues;
}

/** What a row will do, if nothing stands against it. */
export type RowOutcome =
  | (Writing & { readonly act: "create" })
  | (Writing & { readonly act: "update"; readonly existing: Values })
  | { readonly act: "unchanged"; readonly row: ReadyRow };

/**
 * Decides what a row does to the record that it was matched with: a new one is made whole, with defaults; one that
 * exists is given the values of the file's columns, and is left alone where it has them already. What its writer does not
 * see of it, `veiled`, changes by what it is given, whatever it was. What `read` has against it keeps a row out.
 */
export function planRow(
  { model, access, mapping }: { readonly model: Model; readonly access: Access; readonly mapping: ImportMapping },
  row: ReadyRow,
  existing: Values | undefined,
  veiled?: ReadonlySet<Field>,
): RowOutcome {
  const rights = access.entity(mapping.entity.name);
  const asking = { model, entity: mapping.entity, access: rights };
  const known = existing ? readPatch(asking, row.values) : readNew(asking, row.values);
  const read = row.unread ? withoutUnread(known, row.unread) : known;
  if (!existing) return { act: "create", row, read };
  const changed = changedFields(mapping.entity, existing, read.values, veiled);
  const faults = stateFaults(mapping, row, existing, veiled);
  if (changed.length === 0 && faults.length + read.faults.length === 0) return { act: "unchanged", row };
  const differing = {
    ...read,
    values: Object.fromEntries(changed.map(({ name }) => [name, read.values[name]])),
    conditional: read.conditional.filter((field) => changed.includes(field)),
  };
  return { act: "update", row, existing, read: setAside(differing, "", faults) };
}

/** A cell that cannot be read says nothing: neither that its value is missing, nor that a default stands for it. */
function withoutUnread(read: ReadValues, unread: ReadonlySet<string>): ReadValues {
  return {
    ...read,
    values: Object.fromEntries(Object.entries(read.values).filter(([name]) => !unread.has(name))),
    faults: read.faults.filter(({ path }) => !unread.has(path.split("/")[1] ?? "")),
    unsound: new Set([...read.unsound, ...unread]),
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

/** A record that stands is moved by its workflow alone. One whose state hides from the importer is told of no other. */
function stateFaults(
  { state }: ImportMapping,
  row: ReadyRow,
  existing: Values,
  veiled: ReadonlySet<Field> | undefined,
): readonly Fault[] {
  if (!state || row.state === undefined) return [];
  const { field } = state;
  const hides = veiled?.has(field) === true;
  if (!hides && existing[field.name] === row.state) return [];
  return [fault("import.state_moved", { state: hides ? null : String(existing[field.name]), path: `/${field.name}` })];
}
