import { normalValues, type Effect } from "engine";
import { entityOf } from "../store/rows.ts";
import type { Performer } from "./performer.ts";

/** A change of another record. */
export const recordChange: Performer<Extract<Effect, { do: "record.change" }>> = {
  writes: (scene, { effect: { entity, id, values } }) => [
    { act: "update", entity, id, after: normalValues(scene.model, entityOf(scene, entity), values) },
  ],
};
