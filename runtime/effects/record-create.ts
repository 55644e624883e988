import { normalValues, type Effect, type Entity, type RecordWrite, type Values } from "engine";
import { newId } from "../id.ts";
import type { Scene } from "../store/operation.ts";
import { entityOf } from "../store/rows.ts";
import type { Performer } from "./performer.ts";

/** A new record, with the defaults of its entity where nothing else is said; then those below it, which point at it. */
export const recordCreate: Performer<Extract<Effect, { do: "record.create" }>> = {
  writes: (scene, { effect: { entity, values, below = [] } }) => {
    const made = newRecord(scene, entity, values);
    return [
      made,
      ...below.map((it) => {
        const many = (entityOf(scene, it.entity).fields.get(it.link)?.targets.length ?? 0) > 1;
        const points = many ? { entity, id: made.id } : made.id;
        return newRecord(scene, it.entity, { ...it.values, [it.link]: points });
      }),
    ];
  },
};

/** A record that the house makes by itself, with the defaults of its entity where nothing else is said. */
export function newRecord(scene: Scene, name: string, values: Values): RecordWrite {
  const entity = entityOf(scene, name);
  const after = { ...defaultsFor(entity), ...normalValues(scene.model, entity, values) };
  return { act: "create", entity: name, id: newId(scene.now), after, fills: true };
}

function defaultsFor(entity: Entity): Values {
  const given = [...entity.fields.values()].filter(
    ({ property }) => property.default !== undefined && typeof property.default !== "object",
  );
  return Object.fromEntries(given.map(({ name, property }) => [name, property.default]));
}
