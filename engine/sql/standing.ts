import type { Entity, Field } from "../model.ts";
import { catalogueType } from "../plan.ts";
import { goneColumn, goneTable, identifier, tableOf } from "./names.ts";
import type { Publishing } from "./statement.ts";

/** An entity of the present model, by its identity. */
export function entityNow({ now }: Publishing, anchor: string): Entity | undefined {
  return [...now.entities.values()].find((it) => it.anchor === anchor);
}

/** The identity of the entity of a field. */
export const anchorOfEntity = ({ address }: Field): string => address.split("#")[0] ?? "";

/** Whether the rows of a field's entity are too many to be read in the switch. */
export function isLarge({ large }: Publishing, field: Field): boolean {
  return large?.has(anchorOfEntity(field)) ?? false;
}

/** The table of a field as it is called before the switch. */
export function standingTable(publishing: Publishing, field: Field): string {
  const anchor = anchorOfEntity(field);
  const { schema, gone } = publishing;
  const now = entityNow(publishing, anchor);
  return tableOf(schema, now ? now.name : gone?.entities.has(anchor) ? goneTable(anchor) : field.entity);
}

/** The columns of a field as they are called before the switch: present ones, or hidden ones that come back. */
export function standingColumns(publishing: Publishing, field: Field): readonly string[] {
  const old = entityNow(publishing, anchorOfEntity(field));
  const was = old && [...old.fields.values()].find(({ address }) => address === field.address);
  if (was) return Object.keys(was.columns);
  return field.system
    ? Object.keys(field.columns)
    : Object.keys(field.columns).map((_, at) => goneColumn(field.anchor, at));
}

/** The hidden columns of a field that fit what it is to hold; undefined where none wait. */
export function waitingColumns({ gone }: Publishing, field: Field): readonly string[] | undefined {
  const types = Object.values(field.columns).map(catalogueType);
  if (types.length === 0 || gone?.fields.get(field.address)?.join() !== types.join()) return undefined;
  return types.map((_, at) => goneColumn(field.anchor, at));
}

/** Whether a field comes with empty columns: nothing of it stands, and nothing of it waits. */
export function isNew(publishing: Publishing, field: Field): boolean {
  const anchor = anchorOfEntity(field);
  const now = entityNow(publishing, anchor);
  if (now) {
    const stands = [...now.fields.values()].some(({ address }) => address === field.address);
    return !stands && waitingColumns(publishing, field) === undefined;
  }
  return publishing.gone?.entities.get(anchor)?.[goneColumn(field.anchor, 0)] === undefined;
}

export const oldColumns = (field: Field): readonly string[] => Object.keys(field.columns);

/** A condition that all columns are filled, as SQL. */
export const allFilled = (columns: readonly string[]) =>
  columns.map((column) => `${identifier(column)} is not null`).join(" and ");
