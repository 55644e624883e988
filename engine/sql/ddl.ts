import type { Change } from "../change.ts";
import { readModel, type Entity, type Field, type Model } from "../model.ts";
import { catalogueType, isHeld, movesValues, sameColumns } from "../plan.ts";
import { addField, fieldStatements, hideField, restoreField, type At } from "./ddl-field.ts";
import { comesEarly } from "./ddl-rollup.ts";
import { makeStructure, structuresOfField } from "./ddl-rule.ts";
import { goneColumn, goneTable, identifier, structureName, tableOf } from "./names.ts";
import { made, steps, type Publishing, type Statement } from "./statement.ts";
import { structuresOf, uniqueSet } from "./structure.ts";

/** The statements that a change asks for; none where only documents change. */
export function ddl(publishing: Publishing, change: Change): readonly Statement[] {
  const { now, next } = publishing;
  if ("address" in change) {
    const [old, field] = [findField(now, change.address), findField(next, change.address)];
    const swapped =
      old !== undefined &&
      field !== undefined &&
      (!sameColumns(old, field) || movesValues(old, field, change) || publishing.swapped?.has(change.address) === true);
    const at: At = { publishing, old, field, swapped };
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
export function ddlOf(given: Publishing, changes: readonly Change[]): readonly Statement[] {
  const publishing = withSwapped(given, changes);
  const all = changes.flatMap((change) => ddl(publishing, change).map((it) => placed(publishing, change, it)));
  const said = new Set<string>();
  const once = all.filter(({ sql, proof }) => sql === "" || proof !== undefined || (!said.has(sql) && said.add(sql)));
  return steps.flatMap((step) => once.filter((statement) => statement.step === step));
}

/** Which fields get a new column for their values: their other moves must not touch the old one. */
export function withSwapped(publishing: Publishing, changes: readonly Change[]): Publishing {
  const { now, next } = publishing;
  const swapped = changes.flatMap((change) => {
    if (!("address" in change)) return [];
    const [old, field] = [findField(now, change.address), findField(next, change.address)];
    return old && field && movesValues(old, field, change) ? [change.address] : [];
  });
  return { ...publishing, swapped: new Set(swapped) };
}

/** On a table with few rows everything happens in the switch. */
function placed(publishing: Publishing, change: Change, statement: Statement): Statement {
  const { large } = publishing;
  const anchor = "address" in change ? change.address.split("#")[0] : "anchor" in change ? change.anchor : undefined;
  const online = (anchor !== undefined && large?.has(anchor)) || comesEarly(publishing, change);
  return online ? statement : { ...statement, phase: "switch" };
}

/** The tables of the engine's own entities, for a schema that has none yet. */
export function systemTables(schema: string): readonly Statement[] {
  const empty = readModel([]);
  const publishing = { schema, now: empty, next: empty };
  const all = [...empty.entities.values()].flatMap((entity) => createTable(publishing, entity));
  return steps.flatMap((step) => all.filter((statement) => statement.step === step));
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

/**
 * Its fields are hidden like fields that go alone, under names that no rename touches; constraints and indexes go, for
 * what they point at may be erased while the table waits.
 */
function hideTable(publishing: Publishing, entity: Entity): readonly Statement[] {
  const { schema, now } = publishing;
  const gone = goneTable(entity.anchor);
  return [
    ...ownFields(entity).flatMap((field) => hideField(publishing, field)),
    ...structuresOf(now, entity).map((structure) => made("release", structure.drop(schema))),
    made("release", `drop table if exists ${tableOf(schema, gone)}`),
    made("entityAway", `alter table ${tableOf(schema, entity.name)} rename to ${identifier(gone)}`),
  ];
}

/** Fields that wait in the table come back, those that it lacks are added; what the model has no use for waits on. */
function restoreTable(publishing: Publishing, entity: Entity): readonly Statement[] {
  const { schema, next, gone } = publishing;
  const waiting = gone?.entities.get(entity.anchor) ?? {};
  const fits = (field: Field) =>
    Object.values(field.columns).every(
      (type, index) => waiting[goneColumn(field.anchor, index)] === catalogueType(type),
    );
  const own = ownFields(entity);
  const ofFields = new Set(own.flatMap((field) => structuresOfField(next, field)).map(({ name }) => name));
  const rest = structuresOf(next, entity).filter(({ name }) => !ofFields.has(name));
  const back = `alter table ${tableOf(schema, goneTable(entity.anchor))} rename to ${identifier(entity.name)}`;
  return [
    made("entitySettle", back),
    ...own.flatMap((field) => (fits(field) ? restoreField(publishing, field) : addField(publishing, field))),
    ...rest.flatMap((structure) => {
      const field = [...entity.fields.values()].find(({ address }) => structure.addresses.includes(address));
      return field ? makeStructure(publishing, field, structure) : [];
    }),
  ];
}

const ownFields = (entity: Entity) => [...entity.fields.values()].filter(({ system }) => !system);

/** By way of a third name, so that two entities can change names with each other. */
function renameTable(schema: string, from: string, to: string, anchor: string): readonly Statement[] {
  const between = `_move_${anchor}`;
  return [
    made("entityAway", `alter table ${tableOf(schema, from)} rename to ${identifier(between)}`),
    made("entitySettle", `alter table ${tableOf(schema, between)} rename to ${identifier(to)}`),
  ];
}

function uniqueSetStatements(publishing: Publishing, change: Change & { act: "entity.unique" }): readonly Statement[] {
  const { schema, now, next } = publishing;
  const entity = found(change.unique ? next : now, change.anchor);
  const names = [...entity.fields.values()]
    .filter(({ address }) => change.fields.includes(address))
    .map(({ name }) => name);
  const structure = uniqueSet(entity, names);
  if (!change.unique) return [made("release", structure.drop(schema))];
  const [field] = [...entity.fields.values()].filter(({ address }) => structure.addresses.includes(address));
  return field ? makeStructure(publishing, field, structure) : [];
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
