import type { Change } from "../change.ts";
import type { Field, Model } from "../model.ts";
import { isHeld, sameColumns } from "../plan.ts";
import { fault } from "../problem.ts";
import { goneColumn, identifier, tableOf } from "./names.ts";
import { made, type Publishing, type Statement } from "./statement.ts";
import { structuresOf, uniqueSet, type Structure } from "./structure.ts";

/** A field as it stands now and as it is to stand. */
export interface At {
  readonly publishing: Publishing;
  readonly old: Field | undefined;
  readonly field: Field | undefined;
}

/** The statements of a change of one field. */
export function fieldStatements({ publishing, old, field }: At, change: Change): readonly Statement[] {
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

/** The field's columns, filled where it has a default. */
export function addField(publishing: Publishing, field: Field): readonly Statement[] {
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

/** Counts the values that stand more than once where none may. */
export function noDoubles(schema: string, model: Model, entity: string, structure: Structure) {
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

/** Asks for a field: not null, once no record leaves it empty. */
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
export function hideField(publishing: Publishing, old: Field): readonly Statement[] {
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

/** What was empty when the field went stays empty, unless it is asked for. */
export function restoreField(publishing: Publishing, field: Field): readonly Statement[] {
  const table = tableOf(publishing.schema, field.entity);
  const back = Object.keys(field.columns).map((name, index) =>
    made(
      "add",
      `alter table ${table} rename column ${identifier(goneColumn(field.anchor, index))} to ${identifier(name)}`,
    ),
  );
  const left = structuresOfField(publishing.next, field).map((structure) =>
    made("add", structure.drop(publishing.schema)),
  );
  return [...back, ...left, ...(isHeld(field) ? fill(publishing.schema, field) : []), ...settle(publishing, field)];
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

/** The structures of one field alone; a set of several fields has moves of its own. */
export function structuresOfField(model: Model, field: Field): readonly Structure[] {
  const entity = model.entities.get(field.entity);
  const sets = new Set((entity?.document.unique ?? []).map((names) => (entity ? uniqueSet(entity, names).name : "")));
  return entity
    ? structuresOf(model, entity).filter(({ addresses, name }) => addresses.includes(field.address) && !sets.has(name))
    : [];
}
