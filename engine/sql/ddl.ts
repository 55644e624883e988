import type { Change } from "../change.ts";
import { isHeld, sameColumns } from "../plan.ts";
import { fault, type Fault } from "../problem.ts";
import { readModel, type Entity, type Field, type Model } from "../model.ts";
import { goneColumn, goneTable, identifier, structureName, tableOf } from "./names.ts";
import { structuresOf, uniqueSet, type Structure } from "./structure.ts";

/**
 * One statement of a publish. Those of all changes are run in the order of `step`, so that names are free before they
 * are taken and tables stand before they are pointed at.
 */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly step: Step;
  /** Counts, as `n`, what would break the rule that this statement makes; the fault to tell where there are any. */
  readonly proof?: { readonly sql: string; readonly told: (n: number) => Fault };
}

/** The order inside a publish. */
export const steps = [
  "release",
  "away",
  "settle",
  "entityAway",
  "entitySettle",
  "create",
  "add",
  "fill",
  "hold",
] as const;
export type Step = (typeof steps)[number];

/** What the statements of a change are made from. */
export interface Publishing {
  readonly schema: string;
  readonly now: Model;
  readonly next: Model;
}

/** The statements that a change asks for; none where only documents change. */
export function ddl(publishing: Publishing, change: Change): readonly Statement[] {
  const { now, next } = publishing;
  if ("address" in change) {
    const at: At = { publishing, old: findField(now, change.address), field: findField(next, change.address) };
    return fieldStatements(at, change);
  }
  switch (change.act) {
    case "entity.create":
      return createTable(publishing, found(next, change.anchor));
    case "entity.hide":
      return hideTable(publishing, found(now, change.anchor));
    case "entity.restore":
      return restoreTable(publishing, found(next, change.anchor));
    case "entity.rename":
      return renameTable(publishing.schema, change.from, change.to, change.anchor);
    case "entity.unique":
      return uniqueSetStatements(publishing, change);
    default:
      return [];
  }
}

/** All statements of a plan, in the order in which they are to be run. */
export function ddlOf(publishing: Publishing, changes: readonly Change[]): readonly Statement[] {
  const all = changes.flatMap((change) => ddl(publishing, change));
  return steps.flatMap((step) => all.filter((statement) => statement.step === step));
}

/** The tables of the engine's own entities, for a schema that has none yet. */
export function systemTables(schema: string): readonly Statement[] {
  const empty = readModel([]);
  const publishing = { schema, now: empty, next: empty };
  const all = [...empty.entities.values()].flatMap((entity) => createTable(publishing, entity));
  return steps.flatMap((step) => all.filter((statement) => statement.step === step));
}

interface At {
  readonly publishing: Publishing;
  readonly old: Field | undefined;
  readonly field: Field | undefined;
}

function fieldStatements({ publishing, old, field }: At, change: Change): readonly Statement[] {
  const moved = old && field && !sameColumns(old, field);
  switch (change.act) {
    case "field.add":
      return field ? addField(publishing, field) : [];
    case "field.hide":
      return old ? hideField(publishing, old) : [];
    case "field.restore":
      return field ? restoreField(publishing, field) : [];
    case "field.rename":
      return old && field && !moved ? renameField(publishing.schema, old, field) : [];
    case "field.retype":
      return old && field ? retypeField(publishing, old, field) : [];
    case "field.required":
      return old && field && !moved ? (change.required ? hold(publishing, field) : release(publishing, old)) : [];
    case "field.unique":
      return old && field && !moved ? restructure(publishing, old, field) : [];
    default:
      return [];
  }
}

function createTable(publishing: Publishing, entity: Entity): readonly Statement[] {
  const columns = [...entity.fields.values()].flatMap((field) =>
    Object.entries(columnsOf(field)).map(
      ([name, type]) =>
        `${identifier(name)} ${type}${isHeld(field) || alwaysFilled.has(field.name) ? " not null" : ""}`,
    ),
  );
  const key = `constraint ${identifier(structureName("pk", [entity.anchor], "key"))} primary key ("id")`;
  const sql = `create table ${tableOf(publishing.schema, entity.name)} (${[...columns, key].join(", ")})`;
  return [made("create", sql), ...structures(publishing, entity)];
}

const alwaysFilled = new Set(["id", "created_at", "updated_at", "version"]);

/** The version of a record is counted by the engine and never comes near the end of an `integer`. */
const columnsOf = (field: Field) => (field.system && field.name === "version" ? { version: "integer" } : field.columns);

function structures({ schema, next }: Publishing, entity: Entity): readonly Statement[] {
  return structuresOf(next, entity).map((structure) => made("hold", structure.create(schema)));
}

/** Foreign keys go, for what they point at may be erased while the table waits. */
function hideTable({ schema, now }: Publishing, entity: Entity): readonly Statement[] {
  const keys = structuresOf(now, entity).filter(({ kind }) => kind === "foreign_key");
  const gone = goneTable(entity.anchor);
  return [
    ...keys.map((key) => made("release", key.drop(schema))),
    made("release", `drop table if exists ${tableOf(schema, gone)}`),
    made("entityAway", `alter table ${tableOf(schema, entity.name)} rename to ${identifier(gone)}`),
  ];
}

/** Columns that the waiting table lacks are added; what it has beyond the model stays where it is. */
function restoreTable(publishing: Publishing, entity: Entity): readonly Statement[] {
  const { schema, next } = publishing;
  const table = tableOf(schema, entity.name);
  const columns = [...entity.fields.values()].flatMap((field) =>
    Object.entries(columnsOf(field)).map(([name, type]) =>
      made("add", `alter table ${table} add column if not exists ${identifier(name)} ${type}`),
    ),
  );
  const held = [...entity.fields.values()].filter(isHeld).flatMap((field) => hold(publishing, field));
  const rebuilt = structuresOf(next, entity).flatMap((structure) => [
    made("add", structure.drop(schema)),
    made("hold", structure.create(schema)),
  ]);
  const back = `alter table ${tableOf(schema, goneTable(entity.anchor))} rename to ${identifier(entity.name)}`;
  return [made("entitySettle", back), ...columns, ...held, ...rebuilt];
}

/** By way of a third name, so that two entities can change names with each other. */
function renameTable(schema: string, from: string, to: string, anchor: string): readonly Statement[] {
  const between = `_move_${anchor}`;
  return [
    made("entityAway", `alter table ${tableOf(schema, from)} rename to ${identifier(between)}`),
    made("entitySettle", `alter table ${tableOf(schema, between)} rename to ${identifier(to)}`),
  ];
}

function addField(publishing: Publishing, field: Field): readonly Statement[] {
  const table = tableOf(publishing.schema, field.entity);
  const columns = Object.entries(field.columns).map(([name, type]) =>
    made("add", `alter table ${table} add column ${identifier(name)} ${type}`),
  );
  return [...columns, ...fill(publishing.schema, field), ...settle(publishing, field)];
}

/** A literal default fills the records that stand already. An expression is for records to come. */
function fill(schema: string, field: Field): readonly Statement[] {
  const value = field.property.default;
  const isExpression = typeof value === "object" && value !== null && "cel" in value;
  if (value === undefined || value === null || isExpression || field.type.computed) return [];
  const stored = field.type.store?.(value, field.property) ?? { [field.name]: value };
  const columns = Object.entries(field.columns);
  const sets = columns.map(([name, type], index) => `${identifier(name)} = $${index + 1}::${type}`);
  const empty = columns.map(([name]) => `${identifier(name)} is null`);
  const sql = `update ${tableOf(schema, field.entity)} set ${sets.join(", ")} where ${empty.join(" and ")}`;
  return [{ ...made("fill", sql), parameters: columns.map(([name]) => stored[name]) }];
}

/** Not null, constraints and indexes of a field whose column stands and is filled. */
function settle(publishing: Publishing, field: Field): readonly Statement[] {
  const { schema, next } = publishing;
  const own = structuresOfField(next, field).map((structure) => proven(publishing, field, structure, schema));
  return [...(isHeld(field) ? hold(publishing, field) : []), ...own];
}

function proven({ next }: Publishing, field: Field, structure: Structure, schema: string): Statement {
  const statement = made("hold", structure.create(schema));
  return structure.kind === "unique"
    ? { ...statement, proof: noDoubles(schema, next, field.entity, structure) }
    : statement;
}

function noDoubles(schema: string, model: Model, entity: string, structure: Structure) {
  const fields = structure.fields.flatMap((name) => model.entities.get(entity)?.fields.get(name) ?? []);
  const columns = fields.flatMap((field) => Object.keys(field.columns)).map(identifier);
  const filled = columns.map((column) => `${column} is not null`).join(" and ");
  const doubles =
    `select 1 from ${tableOf(schema, entity)} where "deleted_at" is null and ${filled} ` +
    `group by ${columns.join(", ")} having count(*) > 1`;
  return {
    sql: `select count(*)::int as n from (${doubles}) as doubles`,
    told: (n: number) => fault("publish.doubles", { entity, fields: structure.fields.join(", "), n }),
  };
}

function hold({ schema }: Publishing, field: Field): readonly Statement[] {
  const table = tableOf(schema, field.entity);
  return Object.keys(field.columns).map((name) => ({
    ...made("hold", `alter table ${table} alter column ${identifier(name)} set not null`),
    proof: {
      sql: `select count(*)::int as n from ${table} where ${identifier(name)} is null`,
      told: (n: number) => fault("publish.empty", { entity: field.entity, field: field.name, n }),
    },
  }));
}

function release({ schema }: Publishing, old: Field): readonly Statement[] {
  const table = tableOf(schema, old.entity);
  return Object.keys(old.columns).map((name) =>
    made("release", `alter table ${table} alter column ${identifier(name)} drop not null`),
  );
}

/** What waits under the same name from an earlier time is older than what is hidden now, and goes. */
function hideField(publishing: Publishing, old: Field): readonly Statement[] {
  const { schema, now } = publishing;
  const table = tableOf(schema, old.entity);
  return [
    ...structuresOfField(now, old).map((structure) => made("release", structure.drop(schema))),
    ...(isHeld(old) ? release(publishing, old) : []),
    ...Object.keys(old.columns).flatMap((name, index) => {
      const gone = identifier(goneColumn(old.anchor, index));
      return [
        made("release", `alter table ${table} drop column if exists ${gone}`),
        made("release", `alter table ${table} rename column ${identifier(name)} to ${gone}`),
      ];
    }),
  ];
}

function restoreField(publishing: Publishing, field: Field): readonly Statement[] {
  const table = tableOf(publishing.schema, field.entity);
  const back = Object.keys(field.columns).map((name, index) =>
    made(
      "add",
      `alter table ${table} rename column ${identifier(goneColumn(field.anchor, index))} to ${identifier(name)}`,
    ),
  );
  return [...back, ...fill(publishing.schema, field), ...settle(publishing, field)];
}

function renameField(schema: string, old: Field, field: Field): readonly Statement[] {
  const table = tableOf(schema, old.entity);
  const names = Object.keys(field.columns);
  return Object.keys(old.columns).flatMap((name, index) => {
    const between = identifier(goneColumn(field.anchor, index).replace("_gone", "_move"));
    return [
      made("away", `alter table ${table} rename column ${identifier(name)} to ${between}`),
      made("settle", `alter table ${table} rename column ${between} to ${identifier(names[index] ?? name)}`),
    ];
  });
}

/** A new column beside the old one; the old values stay hidden, the new ones are made of them where that can be done. */
function retypeField(publishing: Publishing, old: Field, field: Field): readonly Statement[] {
  if (sameColumns(old, field)) return restructure(publishing, old, field);
  const table = tableOf(publishing.schema, field.entity);
  const [from, to] = [Object.values(old.columns), Object.entries(field.columns)];
  const value = from.length === 1 && to.length === 1 && old.targets.length + field.targets.length === 0;
  const converted = value
    ? conversion(identifier(goneColumn(old.anchor, 0)), from[0] ?? "", to[0]?.[1] ?? "")
    : undefined;
  const copy = converted ? [made("fill", `update ${table} set ${identifier(to[0]?.[0] ?? "")} = ${converted}`)] : [];
  const [columns, rest] = [to.length, addField(publishing, field)];
  return [...hideField(publishing, old), ...rest.slice(0, columns), ...copy, ...rest.slice(columns)];
}

/** A value of one PostgreSQL type as one of another; only ways that cannot fail on any row. */
function conversion(column: string, from: string, to: string): string | undefined {
  const numbers = ["integer", "bigint", "numeric"];
  if (from === to) return column;
  if (to === "text" && [...numbers, "boolean", "uuid"].includes(from)) return `${column}::text`;
  if (to === "numeric" && numbers.includes(from)) return `${column}::numeric`;
  if (to === "bigint" && from === "integer") return `${column}::bigint`;
  if (to === "numeric" && from === "text")
    return `case when ${column} ~ '^-?[0-9]{1,20}([.][0-9]{1,12})?$' then ${column}::numeric end`;
  if (to === "text[]" && from === "text") return `case when ${column} is not null then array[${column}] end`;
  if (to === "timestamptz" && from === "date") return `(${column}::timestamp at time zone 'UTC')`;
  return undefined;
}

/** Drops what the field's constraints and indexes no longer are, and makes what they now are. */
function restructure(publishing: Publishing, old: Field, field: Field): readonly Statement[] {
  const { schema, now, next } = publishing;
  const before = structuresOfField(now, old);
  const after = structuresOfField(next, field);
  const names = (them: readonly Structure[]) => new Set(them.map(({ name }) => name));
  return [
    ...before.filter(({ name }) => !names(after).has(name)).map((it) => made("release", it.drop(schema))),
    ...after.filter(({ name }) => !names(before).has(name)).map((it) => proven(publishing, field, it, schema)),
  ];
}

function uniqueSetStatements(
  { schema, now, next }: Publishing,
  change: Change & { act: "entity.unique" },
): readonly Statement[] {
  const entity = found(change.unique ? next : now, change.anchor);
  const names = [...entity.fields.values()]
    .filter(({ address }) => change.fields.includes(address))
    .map(({ name }) => name);
  const structure = uniqueSet(entity, names);
  if (!change.unique) return [made("release", structure.drop(schema))];
  return [{ ...made("hold", structure.create(schema)), proof: noDoubles(schema, next, entity.name, structure) }];
}

/** The structures of one field alone; a set of several fields has moves of its own. */
function structuresOfField(model: Model, field: Field): readonly Structure[] {
  const entity = model.entities.get(field.entity);
  const sets = new Set((entity?.document.unique ?? []).map((names) => (entity ? uniqueSet(entity, names).name : "")));
  return entity
    ? structuresOf(model, entity).filter(({ addresses, name }) => addresses.includes(field.address) && !sets.has(name))
    : [];
}

function findField(model: Model, address: string): Field | undefined {
  for (const entity of model.entities.values())
    for (const field of entity.fields.values()) if (field.address === address) return field;
  return undefined;
}

function found(model: Model, anchor: string): Entity {
  for (const entity of model.entities.values()) if (entity.anchor === anchor) return entity;
  throw new Error(`No entity has the anchor ${anchor}`);
}

const made = (step: Step, sql: string): Statement => ({ step, sql, parameters: [] });
