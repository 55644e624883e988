import { machineOf, type Effect } from "engine";
import { isId } from "../store/records.ts";
import type { Performer } from "./performer.ts";

/** A process of another record: it begins when this step is written, with all that follows from it. */
export const runBegin: Performer<Extract<Effect, { do: "run.begin" }>> = {
  parts: (_tx, scene, _entity, asked) => {
    for (const { effect } of asked) {
      const machine = machineOf(scene.model, effect.workflow);
      const { record, values } = effect;
      if (machine && isId(record))
        scene.begins.push({ begins: machine.id, entity: machine.entity.name, id: record, values });
    }
    return [];
  },
};
