import { sql } from "kysely";
import type { Change } from "../change.ts";
import type { Field } from "../model.ts";
import { isHeld, movesValues } from "../plan.ts";
import { addRollup } from "./ddl-rollup.ts";
import { hold, makeStructure, release, restructure, settle, structuresOfField } from "./ddl-rule.ts";
import { hidden, standingChoices, swapField, valuesOf } from "./ddl-swap.ts";
import { goneColumn, identifier, literal, newColumn, tableOf } from "./names.ts";
import { anchorOfEntity, entityNow, isLarge, standingTable } from "./standing.ts";
import { made, type Publishing, type Statement } from "./statement.ts";

/** A field as it stands now and as it is to stand. */
export interface At {
  readonly publishing: Publishing;
  readonly old: Field | undefined;
  readonly field: Field | undefined;
  /** The values of the field get a new column in this publish, whichever of its moves says so. */
  readonly swapped: boolean;
}

/** The statements of a change of one field. */
export function fieldStatements({ publishing, old, field, swapped }: At, change: Change): readonly Statement[] {
  switch (change.act) {
    case "field.add":
      return field ? addField(publishing, field) : [];
    case "field.hide":
      return old ? hideField(publishing, old) : [];
    case "field.restore":
      return field ? restoreField(publishing, field) : [];
    case "field.rename":
      return old && field && !swapped ? renameField(publishing.schema, old, field) : [];
    case "field.retype":
      return old && field ? swapField(publishing, change, old, field) : [];
    case "field.required":
      return old && field && !swapped ? (change.required ? hold(publishing, field) : release(publishing, old)) : [];
    case "field.unique":
      return old && field && !swapped ? restructure(publishing, old, field) : [];
    case "choices.change":
      if (!old || !field) return [];
      return movesValues(old, field, change)
        ? swapField(publishing, change, old, field)
        : standingChoices(publishing, change, old);
    default:
      return [];
  }
}

/** The field's columns, filled where it has a default: the catalogue holds it for the rows that stand, none is written. */
export function addField(publishing: Publishing, field: Field): readonly Statement[] {
  const rolledUp = addRollup(publishing, field);
  if (rolledUp) return rolledUp;
  const structures = structuresOfField(publishing.next, field);
  const early = isLarge(publishing, field) && structures.some(({ kind }) => kind === "unique");
  if (early) return addEarly(publishing, field);
  const table = tableOf(publishing.schema, field.entity);
  const columns = Object.entries(field.columns).flatMap(([name, type]) => columnWith(table, name, type, field));
  return [
    ...columns,
    ...(isHeld(field) ? holdNew(publishing, field) : []),
    ...structures.flatMap((structure) => makeStructure(publishing, field, structure)),
  ];
}

/** Asks for a field that comes: with a default no record lacks it, without one every record does. */
function holdNew(publishing: Publishing, field: Field): readonly Statement[] {
  const filled = defaultOf(field) !== undefined;
  const early = `select count(*)::int as n from ${standingTable(publishing, field)}`;
  return hold(publishing, field).map((statement) => {
    if (!statement.proof || !isLarge(publishing, field)) return statement;
    const { proof, ...plain } = statement;
    const { sql, told } = proof;
    return filled ? plain : { ...plain, proof: { sql, told, early } };
  });
}

/** A unique index takes time: the column stands under another name until it has one. */
function addEarly(publishing: Publishing, field: Field): readonly Statement[] {
  const table = standingTable(publishing, field);
  const fresh = Object.keys(field.columns).map((_, at) => newColumn(field.anchor, at));
  const columns = Object.values(field.columns).map((type, at): Statement => ({
    ...made("newColumn", `alter table ${table} add column ${identifier(fresh[at] ?? "")} ${type}`),
    phase: "prepare",
    undo: `alter table ${table} drop column if exists ${identifier(fresh[at] ?? "")}`,
  }));
  const after = tableOf(publishing.schema, field.entity);
  const renamed = Object.keys(field.columns).map((name, at) =>
    made("add", `alter table ${after} rename column ${identifier(fresh[at] ?? "")} to ${identifier(name)}`),
  );
  const rules = structuresOfField(publishing.next, field).flatMap((structure) => {
    const [first, ...rest] = makeStructure(publishing, field, structure);
    if (!first || structure.kind !== "unique") return [first, ...rest].flatMap((it) => it ?? []);
    const how = { table, columns: () => fresh };
    const { proof: _, ...plain } = first;
    return [
      {
        ...plain,
        sql: structure.create(publishing.schema, how),
        online: structure.create(publishing.schema, { ...how, concurrently: true }),
      },
    ];
  });
  return [...columns, ...renamed, ...(isHeld(field) ? hold(publishing, field, () => fresh) : []), ...rules];
}

function columnWith(table: string, name: string, type: string, field: Field): readonly Statement[] {
  const value = defaultOf(field)?.[name];
  const column = `alter table ${table} add column ${identifier(name)} ${type}`;
  if (value === undefined || value === null) return [made("add", column)];
  return [
    made("add", `${column} default ${constant(value, type)}`),
    made("add", `alter table ${table} alter column ${identifier(name)} drop default`),
  ];
}

/** A checked value as SQL writes it. */
function constant(value: unknown, type: string): string {
  if (Array.isArray(value)) return `array[${value.map((it) => literal(String(it))).join(", ")}]::${type}`;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return `${literal(text)}::${type}`;
}

/** A literal default as its columns hold it. An expression is for records to come. */
function defaultOf(field: Field): Readonly<Record<string, unknown>> | undefined {
  const value = field.property.default;
  const isExpression = typeof value === "object" && value !== null && "cel" in value;
  if (value === undefined || value === null || isExpression || field.type.computed) return undefined;
  return field.type.store?.(value, field.property) ?? { [field.name]: value };
}

/** Gives the default to the hidden values that are empty, before they come back where the field is asked for. */
function fillHidden(publishing: Publishing, field: Field): readonly Statement[] {
  const stored = defaultOf(field);
  if (!stored) return [];
  const names = Object.keys(field.columns).map((_, at) => goneColumn(field.anchor, at));
  const empty = sql.join(
    names.map((name) => sql`t.${sql.id(name)} is null`),
    sql` and `,
  );
  const values = Object.entries(field.columns).map(
    ([name, type], at) =>
      sql`case when ${empty} then ${stored[name]}::${sql.raw(type)} else t.${sql.id(names[at] ?? "")} end`,
  );
  const entity = entityNow(publishing, anchorOfEntity(field))?.name ?? field.entity;
  return [valuesOf(publishing, standingTable(publishing, field), entity, names, values)];
}

/** What waits under the same name from an earlier time is older than what is hidden now, and goes. */
export function hideField(publishing: Publishing, old: Field): readonly Statement[] {
  const { schema, now } = publishing;
  return [
    ...structuresOfField(now, old).map((structure) => made("release", structure.drop(schema))),
    ...(isHeld(old) ? release(publishing, old) : []),
    ...hidden(schema, old),
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
  return [...back, ...(isHeld(field) ? fillHidden(publishing, field) : []), ...settle(publishing, field)];
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
