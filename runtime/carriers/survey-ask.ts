import { askSurvey } from "../store/survey-asks.ts";
import type { Carrier } from "./carrier.ts";

/** Surveys that runs ask: each once, under the id of its effect. */
export const surveyAsk: Carrier = {
  prepare: async ({ workspace, now, origin }) => {
    return async ({ id, record, entity, asked }) => {
      const { survey, agent } = asked.params as { readonly survey: string; readonly agent?: string | null };
      const output = await askSurvey(
        workspace,
        { id, survey, entity, record, agent },
        { now: now(), origin: origin() },
      );
      return { came: "done", output };
    };
  },
};
