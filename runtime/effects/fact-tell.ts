import type { Effect } from "engine";
import { recordFacts } from "../store/facts.ts";
import type { Performer } from "./performer.ts";

/** What has happened to a record: told once by each step, which its run, its number and its operation tell apart. */
export const factTell: Performer<Extract<Effect, { do: "fact.tell" }>> = {
  parts: async (tx, scene, _entity, asked) => {
    const told = asked.map(({ effect: { type, entity, record, data }, move: { run, revision }, ordinal }) => ({
      type,
      subject: { entity, record },
      at: scene.now,
      source: "workflow",
      sourceId: `${run}:${revision}:${ordinal}:${scene.operation}`,
      data,
    }));
    await recordFacts(tx, scene, told);
    return [];
  },
};
