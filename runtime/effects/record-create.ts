import { normalValues, type Effect, type Entity, type Values } from "engine";
import { newId } from "../id.ts";
import { entityOf } from "../store/rows.ts";
import type { Performer } from "./performer.ts";

/** A new record, with the defaults of its entity where nothing else is said. */
export const recordCreate: Performer<Extract<Effect, { do: "record.create" }>> = {
  writes: (scene, { effect }) => {
    const entity = entityOf(scene, effect.entity);
    const after = { ...defaultsFor(entity), ...normalValues(scene.model, entity, effect.values) };
    return [{ act: "create", entity: effect.entity, id: newId(scene.now), after }];
  },
};

function defaultsFor(entity: Entity): Values {
  const given = [...entity.fields.values()].filter(
    ({ property }) => property.default !== undefined && typeof property.default !== "object",
  );
  return Object.fromEntries(given.map(({ name, property }) => [name, property.default]));
}
