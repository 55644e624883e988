import { visibleFields, type Access, type Entity } from "engine";
import { searchStatement } from "engine/sql";
import { readerOf, rowsOf, withFew, type ReadScene } from "./read.ts";

const perEntity = 5;

/** Records whose searched fields hold the words, a few of each entity that the reader may read. */
export async function search(
  scene: ReadScene,
  words: string,
): Promise<readonly { entity: string; id: string; name: string }[]> {
  const { model, access } = scene;
  const entities = [...model.entities.values()].filter((entity) => isFound(access, entity));
  if (entities.length === 0) return [];
  const few = await withFew(scene, entities, words);
  return rowsOf(scene, searchStatement(readerOf(scene), { words, entities, each: perEntity, few }));
}

/** What has a name that the reader may read can be found by it. */
function isFound(access: Access, { name, nameField, system }: Entity): boolean {
  const rights = access.entity(name);
  return !system && nameField !== undefined && rights !== undefined && visibleFields(rights).includes(nameField);
}
