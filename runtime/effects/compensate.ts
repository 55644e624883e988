import type { Effect } from "engine";
import { takeBackParts } from "../store/outgoing.ts";
import type { Performer } from "./performer.ts";

/** What the run has done outside is taken back in the reverse order. */
export const compensate: Performer<Extract<Effect, { do: "compensate" }>> = {
  parts: async (tx, scene, entity, asked) => {
    const each = [];
    for (const { move } of asked) each.push(...(await takeBackParts(tx, scene, entity, move)));
    return each;
  },
};
