import { correlates, type Effect } from "engine";
import { arrivedParts } from "../store/listening.ts";
import type { Performer } from "./performer.ts";

/** An event to other runs: they hear of it after the step. */
export const eventSend: Performer<Extract<Effect, { do: "event.send" }>> = {
  parts: (_tx, scene, _entity, asked) => {
    const arrived = asked.flatMap(({ effect, move: { run, revision }, ordinal }) => {
      const found = correlates(scene.model, scene.model.entities.get(effect.entity), effect.event);
      if (found?.source !== "run") return [];
      const { workflow, source } = found;
      // A move that was undone and is made again has its revision again: its operation tells the two apart.
      return [{ ...effect, id: `${run}:${revision}:${ordinal}:${scene.operation}`, workflow, source } as const];
    });
    return arrivedParts({ ...scene, principal: { ...scene.principal, id: "" } }, arrived);
  },
};
