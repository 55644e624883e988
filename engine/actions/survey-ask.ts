import { idOf, keepSchema, type ActionType } from "./action-type.ts";

interface Params {
  readonly survey: string;
  readonly agent?: string | { readonly id: string } | null;
  readonly name?: string;
  readonly keep?: Readonly<Record<string, string>>;
}

/**
 * Asks a survey about the record: a mail with a link for its receiver alone. Whoever the survey spares, or has asked too
 * short a while ago, is not asked. It reports back with whether it has asked (`survey.ask.done` with `asked`, and `why`
 * where not). With `agent` the answer is counted for that user, whoever has the record by then.
 */
export const surveyAsk: ActionType<Params> = {
  name: "survey.ask",
  label: "Ask a survey",
  icon: "star",
  mode: "outbox",
  repeats: () => "idempotent",
  sends: true,
  params: {
    type: "object",
    properties: {
      survey: { type: "string", "x-document": "survey" },
      agent: { type: "string", minLength: 1 },
      name: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
      keep: keepSchema,
    },
    required: ["survey"],
    additionalProperties: false,
  },
  effects: ({ survey, agent, name = null, keep }) => [
    {
      do: "survey.ask",
      name,
      repeats: "idempotent",
      params: { survey, ...(agent === undefined ? {} : { agent: idOf(agent) }) },
      ...(keep ? { keep } : {}),
    },
  ],
  examples: {
    valid: [{ survey: "solved" }, { survey: "solved", agent: "u1", keep: { asked: "/asked" } }],
    invalid: [{}, { survey: 1 }, { survey: "solved", to: "x@example.com" }],
  },
};
