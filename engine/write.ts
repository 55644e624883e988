import { Decimal } from "decimal.js";
import type { Entity, Field } from "./model.ts";
import { fault, type Fault } from "./problem.ts";
import type { Values } from "./values.ts";

/** What is done to one record. */
export type Act = "create" | "update" | "move" | "trash" | "restore";

/** One write, as it is asked of the store: values that hold already, see `values.ts`. */
export interface RecordWrite {
  readonly act: Act;
  readonly entity: string;
  readonly id: string;
  /** The whole record as it stands, its row locked by this transaction. The store reads it where it is not given. */
  readonly before?: Values;
  /** The values of a new record; what changes in one that stands; nothing for the trash. Null empties a field. */
  readonly after: Values;
  /** Of a new record that the engine makes: defaults that are worked out fill what it leaves empty. */
  readonly fills?: true;
  /** Of one that goes to the trash: only where nothing goes along with it, and no reference to it is emptied. */
  readonly alone?: boolean;
  /** It follows from another one: of a record that its writer does not see she is not told that it was written. */
  readonly along?: true;
  /** The version that the caller has seen; another one is refused. */
  readonly version?: number;
  /** When it held, where that is not now: an import declares the past. */
  readonly at?: string;
  /** What held before that, told by an import: further rows of history. */
  readonly past?: readonly { readonly at: string; readonly before: Values | null; readonly after: Values | null }[];
  /** What happened, where it has a name of its own: the event of a workflow. */
  readonly event?: { readonly type: string; readonly data?: unknown };
  /**
   * Fields whose old values the writer may not know: what she gives them changes them, whatever it is. A version that
   * stayed would tell her that she has guessed right.
   */
  readonly veiled?: ReadonlySet<Field> | undefined;
  /** JSON Pointer of the record in what the caller sent. */
  readonly path?: string;
  /** Fields of a new record that its writer may write on some records only: to be asked of the row. */
  readonly conditional?: readonly Field[];
  /** What stands against it already: then it is never written, and all else that stands against it is told besides. */
  readonly faults?: readonly Fault[];
  /** Places of the record (`leadsThrough`) that were given what does not hold: nothing that hangs on them is told. */
  readonly unsound?: ReadonlySet<string>;
}

/** A write worked out: the whole record as it will stand, and what of it differs from before. */
export interface PlannedWrite extends RecordWrite {
  readonly before: Values;
  readonly record: Values;
  readonly changed: readonly Field[];
}

/** Who writes, and when. */
export interface Writing {
  readonly by: string | null;
  /** Whose a new record is, where its values do not say it and it is not the writer's. */
  readonly owner?: string | null;
  readonly now: Date;
}

/**
 * What a write makes of a record. Fields that do not differ are left out; a write that changes nothing has nothing in
 * `changed` and leaves the version alone.
 */
export function planWrite(entity: Entity, write: RecordWrite, writing: Writing): PlannedWrite {
  const before = write.before ?? {};
  if (write.act === "create") return planNew(entity, write, writing);
  const values =
    write.act === "trash" ? trashed(writing) : write.act === "restore" ? { deleted_at: null } : write.after;
  const changed = changedFields(entity, before, values, write.veiled);
  if (changed.length === 0) return { ...write, before, record: before, changed };
  const system = { version: nextVersion(before), updated_at: writing.now.toISOString(), updated_by: writing.by };
  const record = { ...before, ...pick(values, changed), ...system };
  return { ...write, before, record, changed };
}

/**
 * The fields whose value differs, and those of `veiled` that are given one; in the order of the entity. State fields
 * among them are the workflow's doing.
 */
export function changedFields(
  entity: Entity,
  before: Values,
  values: Values,
  veiled?: ReadonlySet<Field>,
): readonly Field[] {
  return [...entity.fields.values()].filter(
    (field) =>
      Object.hasOwn(values, field.name) &&
      (veiled?.has(field) || !isSame(field, before[field.name], values[field.name])),
  );
}

/** Whether two values are one: empty is empty, and a decimal is what it amounts to. */
export function isSame(field: Field, one: unknown, other: unknown): boolean {
  return one === other || key(field, one ?? null) === key(field, other ?? null);
}

/** A text that is the same for values that are the same. */
export function key(field: Field, value: unknown): string {
  const { kind } = field.type.type(field.property);
  if (kind === "number" && typeof value === "string") return new Decimal(value).toFixed();
  if (kind === "money" && typeof value === "object" && value !== null && "amount" in value)
    return JSON.stringify({ ...sorted(value), amount: new Decimal(String(value.amount)).toFixed() });
  return JSON.stringify(sorted(value));
}

/** Faults of a version that is not the one the caller has seen. */
export function staleFaults({ version, before, path = "" }: RecordWrite): readonly Fault[] {
  const now = Number(before?.version);
  return version === undefined || version === now ? [] : [fault("record.stale", { version: now, path })];
}

/** The values of some fields alone. */
export function pick(values: Values, fields: readonly Field[]): Values {
  const picked: Record<string, unknown> = {};
  for (const { name } of fields) picked[name] = values[name] ?? null;
  return picked;
}

function planNew(entity: Entity, write: RecordWrite, { by, owner = by, now }: Writing): PlannedWrite {
  const at = now.toISOString();
  const made = { created_at: at, created_by: by, updated_at: at, updated_by: by, version: 1, deleted_at: null };
  const record = { owner, ...write.after, id: write.id, ...made };
  const changed = [...entity.fields.values()].filter(({ name, system }) => {
    const value = (record as Values)[name];
    return value !== null && value !== undefined && (!system || name === "owner");
  });
  return { ...write, before: {}, record, changed };
}

function trashed({ now }: Writing): Values {
  return { deleted_at: now.toISOString() };
}

/** Above every version that the record ever had: undoing gives back an old one, and none is ever used twice. */
function nextVersion(before: Values): number {
  return Math.max(Number(before.version), Number(before._highest ?? 0)) + 1;
}

function sorted(value: unknown): object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [value];
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
