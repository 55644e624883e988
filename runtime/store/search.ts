import { visibleFields, type Access, type Entity } from "engine";
import { bind, searchStatement } from "engine/sql";
import { slotsOf, type ReadScene } from "./read.ts";

const perEntity = 5;

/** Records whose searched fields hold the words, a few of each entity that the reader may read; one statement. */
export async function search(
  scene: ReadScene,
  words: string,
): Promise<readonly { entity: string; id: string; name: string }[]> {
  const { workspace, model, access } = scene;
  const entities = [...model.entities.values()].filter((entity) => isFound(access, entity));
  if (entities.length === 0) return [];
  const statement = searchStatement({ model, schema: workspace.schema, access }, entities, words, perEntity);
  const { rows } = await workspace.pool.query(statement.sql, [...bind(statement.parameters, slotsOf(scene))]);
  return rows as { entity: string; id: string; name: string }[];
}

/** What has a name that the reader may read can be found by it. */
function isFound(access: Access, { name, nameField, system }: Entity): boolean {
  const rights = access.entity(name);
  return !system && nameField !== undefined && rights !== undefined && visibleFields(rights).includes(nameField);
}
