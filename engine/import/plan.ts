import { isNeverHidden, type Access, type EntityAccess } from "../access.ts";
import type { Entity, Field, Model } from "../model.ts";
import { nearest } from "../nearest.ts";
import { type Fault, fault, refuse } from "../problem.ts";

/** What is done with the name of a record that does not exist. */
export type Missing = "reject" | "create" | "null";

/** Where a column of the file goes, as the caller writes it. A string is short for `{to}`. */
export interface ColumnPlan {
  readonly to: string | readonly string[];
  /** The words of a cell go to the fields one by one, and what is left to the last; otherwise each has the whole cell. */
  readonly split?: boolean;
  /** The field of the target that the column names it by; its name field where nothing is said. */
  readonly match?: string;
  /** Which of several targets a reference points at. */
  readonly entity?: string;
  /** What stands in the file → what is meant. */
  readonly values?: Readonly<Record<string, string>>;
  readonly empty?: "null" | "reject";
  readonly missing?: Missing;
  /** ISO 4217, for amounts. */
  readonly currency?: string;
}

/** How a file becomes records, as the caller writes it. */
export interface ImportPlan {
  readonly entity: string;
  /** The fields by which a row finds its record. Without them each row is a new record. */
  readonly match?: readonly string[];
  readonly columns: Readonly<Record<string, string | ColumnPlan>>;
  /** A state → the field that says when it was entered. */
  readonly dates?: Readonly<Record<string, string>>;
  readonly missing?: Missing;
  readonly rehearse?: boolean;
  /** All rows or none: where one of them does not hold, nothing is written. */
  readonly whole?: boolean;
  readonly format?: {
    readonly encoding?: string;
    readonly separator?: "," | ";" | "\t" | "|";
    readonly dates?: "dmy" | "mdy" | "ymd";
    readonly decimal?: "." | ",";
  };
}

/** A column of the file with the fields it fills. */
export interface MappedColumn {
  readonly column: string;
  readonly fields: readonly Field[];
  readonly split: boolean;
  readonly values: ReadonlyMap<string, string>;
  readonly empty: "null" | "reject";
  readonly currency: string | undefined;
  /** For a reference: whom it names, and by which field. */
  readonly reference:
    { readonly entity: Entity; readonly by: Field; readonly missing: Missing; readonly own: boolean } | undefined;
}

/** A plan whose every name has been found in the model. */
export interface ImportMapping {
  readonly plan: ImportPlan;
  readonly entity: Entity;
  readonly match: readonly Field[];
  readonly columns: readonly MappedColumn[];
  readonly state: { readonly column: MappedColumn; readonly field: Field } | undefined;
  readonly dates: ReadonlyMap<string, Field>;
}

/**
 * Finds every name of an import plan in the model, as far as the reader may see it. Throws all faults at once, each with
 * its place in the plan.
 */
export function readImportPlan(model: Model, access: Access, given: unknown): ImportMapping {
  const plan = shaped(given);
  const entity = model.entities.get(plan.entity);
  const rights = access.entity(plan.entity);
  if (!entity || !rights) {
    refuse([fault("entity.unknown", { entity: plan.entity, path: "/entity" })]);
    throw new Error("unreachable");
  }
  const faults: Fault[] = [];
  const find = (on: Entity, name: string, path: string, fits = isShown): Field | undefined => {
    const field = on.fields.get(name);
    const rights = access.entity(on.name);
    if (field && rights && fits(rights, field)) return field;
    const visible = [...on.fields.values()].filter((it) => rights && fits(rights, it));
    const hint = nearest(
      name,
      visible.map((it) => it.name),
    );
    faults.push(
      fault("field.unknown", { entity: on.name, field: name, path, ...(hint === undefined ? {} : { hint }) }),
    );
    return undefined;
  };
  const columns = Object.entries(plan.columns).map(([column, it]) =>
    readColumn({ model, access, entity, plan, find, faults }, column, typeof it === "string" ? { to: it } : it),
  );
  const match = (plan.match ?? []).flatMap((name, at) => find(entity, name, `/match/${at}`, isNeverHidden) ?? []);
  for (const [at, field] of match.entries())
    if (!columns.some(({ fields }) => fields.includes(field)))
      faults.push(fault("import.match_unmapped", { field: field.name, path: `/match/${at}` }));
  const dates = new Map(
    Object.entries(plan.dates ?? {}).flatMap(([state, name]) => {
      const field = find(entity, name, `/dates/${state}`);
      return field ? [[state, field] as const] : [];
    }),
  );
  for (const { column, fields, reference } of columns)
    if (reference?.own && match.length === 0)
      faults.push(
        fault("import.match_needed", { field: fields[0]?.name ?? column, path: `/columns/${pointer(column)}` }),
      );
  refuse(faults);
  const stateColumn = columns.find(({ fields }) => fields.some(({ type }) => type.name === "state"));
  const stateField = stateColumn?.fields.find(({ type }) => type.name === "state");
  return {
    plan,
    entity,
    match,
    columns,
    state: stateColumn && stateField ? { column: stateColumn, field: stateField } : undefined,
    dates,
  };
}

const isShown = (rights: EntityAccess, field: Field): boolean => rights.readable(field).kind !== "none";

interface Reading {
  readonly model: Model;
  readonly access: Access;
  readonly entity: Entity;
  readonly plan: ImportPlan;
  readonly find: (on: Entity, name: string, path: string, fits?: typeof isShown) => Field | undefined;
  readonly faults: Fault[];
}

function readColumn(reading: Reading, column: string, given: ColumnPlan): MappedColumn {
  const { model, access, entity, plan, find, faults } = reading;
  const path = `/columns/${pointer(column)}`;
  const names = typeof given.to === "string" ? [given.to] : given.to;
  const fields = names.flatMap(
    (name, at) => find(entity, name, names.length > 1 ? `${path}/to/${at}` : `${path}/to`) ?? [],
  );
  for (const field of fields)
    if (!writableByImport(access, entity, field))
      faults.push(fault("field.read_only", { field: field.name, path: `${path}/to` }));
  const pointing = fields.find(({ targets }) => targets.length > 0);
  const to = given.entity ?? pointing?.targets.find((it) => access.entity(it)) ?? "";
  const on = pointing?.targets.includes(to) && access.entity(to) ? model.entities.get(to) : undefined;
  if (pointing && !on) faults.push(fault("entity.unknown", { entity: given.entity ?? "", path: `${path}/entity` }));
  const by =
    on && (given.match === undefined ? namedBy(access, on) : find(on, given.match, `${path}/match`, isNeverHidden));
  const missing = given.missing ?? plan.missing ?? "reject";
  if (on && by && missing === "create" && !writableByImport(access, on, by))
    faults.push(fault("field.read_only", { field: by.name, path: `${path}/missing` }));
  return {
    column,
    fields,
    split: given.split === true,
    values: new Map(Object.entries(given.values ?? {})),
    empty: given.empty ?? "null",
    currency: given.currency,
    reference: on && by && { entity: on, by, missing, own: on.name === entity.name },
  };
}

/** The field by which records are named where a plan says nothing: what is hidden of some of them tells nobody apart. */
function namedBy(access: Access, { name, nameField, fields }: Entity): Field | undefined {
  return nameField && isNeverHidden(access.entity(name), nameField) ? nameField : fields.get("id");
}

/** A state is owned by its workflow: an import sets it by the right to bypass, and each use is logged. */
function writableByImport(access: Access, entity: Entity, field: Field): boolean {
  const rights = access.entity(entity.name);
  if (field.type.name === "state") return rights?.rule("bypass").kind !== "none";
  return !field.readOnly && rights?.writable(field).kind !== "none";
}

function shaped(given: unknown): ImportPlan {
  const faults: Fault[] = [];
  const bad = (path: string, wanted: string) => faults.push(fault("import.plan_malformed", { wanted, path }));
  if (!isObject(given))
    throw new Error("unreachable", { cause: refuse([fault("import.plan_malformed", { wanted: "an object" })]) });
  if (typeof given.entity !== "string") bad("/entity", "the name of an entity");
  if (!isObject(given.columns) || Object.keys(given.columns).length === 0) bad("/columns", "at least one column");
  else
    for (const [column, it] of Object.entries(given.columns)) {
      const to = isObject(it) ? it.to : it;
      const named =
        typeof to === "string" || (Array.isArray(to) && to.length > 0 && to.every((name) => typeof name === "string"));
      if (!named) bad(`/columns/${pointer(column)}`, "the name of a field");
      if (isObject(it) && it.values !== undefined && !isTexts(it.values))
        bad(`/columns/${pointer(column)}/values`, "texts by text");
      if (isObject(it) && it.split !== undefined && typeof it.split !== "boolean")
        bad(`/columns/${pointer(column)}/split`, "true or false");
      if (isObject(it) && it.missing !== undefined && !isMissing(it.missing))
        bad(`/columns/${pointer(column)}/missing`, "reject, create or null");
      if (isObject(it) && it.currency !== undefined && !/^[A-Z]{3}$/.test(String(it.currency)))
        bad(`/columns/${pointer(column)}/currency`, "a currency by ISO 4217");
    }
  if (
    given.match !== undefined &&
    !(Array.isArray(given.match) && given.match.every((name) => typeof name === "string"))
  )
    bad("/match", "a list of fields");
  if (given.dates !== undefined && !isTexts(given.dates)) bad("/dates", "fields by state");
  if (given.missing !== undefined && !isMissing(given.missing)) bad("/missing", "reject, create or null");
  if (given.whole !== undefined && typeof given.whole !== "boolean") bad("/whole", "true or false");
  refuse(faults);
  return given as unknown as ImportPlan;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown) => isObject(value) && Object.values(value).every((it) => typeof it === "string");
const isMissing = (value: unknown) => value === "reject" || value === "create" || value === "null";

/** A name as a token of a JSON Pointer (RFC 6901). */
function pointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
