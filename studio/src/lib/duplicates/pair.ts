import type { DuplicateRuleDocument, Likeness } from "schemas";
import { canBeLike, type Entity, type Field } from "engine";
import type { AlikeTold } from "#lib/api.ts";
import { nameFor, newAnchor } from "#lib/design/entity.ts";
import type { Workspace } from "#lib/model.svelte.ts";

/** The ways in which values are compared. */
export const bys = ["same", "similar", "digits"] as const;

/** The fields of an entity that can be compared. */
export const comparable = (entity: Entity | undefined): readonly Field[] =>
  [...(entity?.fields.values() ?? [])].filter((field) => canBeLike(field, "same"));

/** The ways in which values of a field can be compared. */
export const waysOf = (field: Field | undefined): readonly Likeness["by"][] =>
  bys.filter((by) => field === undefined || canBeLike(field, by));

/** A new rule for records of an entity that are similar by name; nothing where none of its fields can be compared. */
export function newDuplicateRule(
  title: string,
  entity: Entity,
  taken: readonly string[],
): DuplicateRuleDocument | undefined {
  const fields = comparable(entity);
  const field = fields.find((it) => it === entity.nameField) ?? fields[0];
  if (!field) return undefined;
  return {
    $schema: "urn:trellis:duplicate-rule:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("dup"),
    title,
    entity: entity.name,
    match: [{ field: field.name, by: canBeLike(field, "similar") ? "similar" : "same" }],
  };
}

/** What several rules tell of one record, as one. */
export function together(told: readonly AlikeTold[]) {
  const records = told.flatMap(({ entity, records }) => records.map((it) => ({ entity, ...it })));
  return {
    entities: [...new Set(told.map(({ entity }) => entity))],
    records: [...new Map(records.map((it) => [it.id, it])).values()],
    hidden: told.some(({ hidden }) => hidden),
    owners: [...new Set(told.flatMap(({ owners }) => owners))].sort(),
    ask: told.every(({ ask }) => ask),
  };
}

/** What a record is called; by its entity where it has no name that the reader sees. */
export const nameOf = (workspace: Workspace, entity: string, name: string | null): string =>
  name || (workspace.entity(entity)?.title ?? entity);
