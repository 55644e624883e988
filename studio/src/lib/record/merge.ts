import type { DescribedEntity, DescribedField } from "engine";
import type { RecordRow } from "#lib/api.ts";

/** What would move with a record, as the server counts it. */
export interface Moves {
  readonly mails: number;
  readonly notes: number;
  readonly files: number;
  readonly records: readonly { readonly entity: string; readonly field: string; readonly count: number }[];
}

/** One step of a record's history, as far as a merge asks for it. */
export interface Step {
  readonly at: string;
  readonly after: Readonly<Record<string, unknown>>;
}

/** Whether somebody may join a record with others. */
export const canMerge = ({ rights, system }: DescribedEntity, record: RecordRow): boolean =>
  record.deleted_at === null && rights.update && rights.delete && !system;

const isEmpty = (value: unknown) => value === null || value === undefined || value === "";
const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** The fields in which records differ and which somebody may choose: written by hand, and no state. */
export function differing(entity: DescribedEntity, records: readonly RecordRow[]): readonly DescribedField[] {
  const [first, ...others] = records;
  return entity.fields.filter(
    ({ name, readOnly, system, field }) =>
      !readOnly &&
      (!system || name === "owner") &&
      field !== "state" &&
      others.some((it) => !same(it[name], first?.[name])),
  );
}

/** Whose value stands where nobody chooses: that of who stays, else the first of the others that has one. */
export function chosenOf(field: string, survivor: RecordRow, others: readonly RecordRow[]): string {
  const from = [survivor, ...others].find((it) => !isEmpty(it[field]));
  return (from ?? survivor).id;
}

/** When each field of a record was written last, by a history with the newest first. */
export function writtenAt(steps: readonly Step[]): ReadonlyMap<string, string> {
  const all = steps.toReversed().flatMap(({ at, after }) => Object.keys(after).map((name) => [name, at] as const));
  return new Map(all);
}

/** The body that merges: what each record that goes gives of its values. */
export function bodyOf(
  survivor: RecordRow,
  others: readonly RecordRow[],
  chosen: ReadonlyMap<string, string>,
): { readonly path: string; readonly body: object } {
  const takenOf = (id: string) => [...chosen].flatMap(([field, from]) => (from === id ? [field] : []));
  const [first, ...also] = others.map(({ id }) => ({ id, take: takenOf(id) }));
  return {
    path: `${first?.id ?? ""}/merge`,
    body: { into: survivor.id, take: first?.take ?? [], ...(also.length > 0 ? { also } : {}) },
  };
}
