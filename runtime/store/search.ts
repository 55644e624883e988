import { visibleFields, type Access, type Entity } from "engine";
import { nearestFirst, searchStatement } from "engine/sql";
import { readerOf, rowsOf, withFew, type ReadScene } from "./read.ts";

const perEntity = 5;

interface Found {
  readonly entity: string;
  readonly id: string;
  readonly name: string;
}

/**
 * Records whose searched fields hold the words, a few of each entity that the reader may read. Those whose names begin
 * with what is asked come first, then those with each word as the beginning of a word of the name; among these by entity
 * and by name.
 */
export async function search(scene: ReadScene, words: readonly string[]): Promise<readonly Found[]> {
  const { model, access } = scene;
  const entities = [...model.entities.values()]
    .filter((entity) => isFound(access, entity))
    .map((entity) => nearestFirst(entity, words));
  if (entities.length === 0) return [];
  const few = await withFew(scene, entities.flat());
  const statement = searchStatement(readerOf(scene), { entities, each: perEntity, few });
  const rows = await rowsOf<Found & { readonly near: number }>(scene, statement);
  return rows.toSorted((one, other) => one.near - other.near).map(({ entity, id, name }) => ({ entity, id, name }));
}

/** What has a name that the reader may read can be found by it. */
function isFound(access: Access, { name, nameField, system }: Entity): boolean {
  const rights = access.entity(name);
  return !system && nameField !== undefined && rights !== undefined && visibleFields(rights).includes(nameField);
}
