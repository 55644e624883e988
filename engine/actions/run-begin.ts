import { idOf, type ActionType } from "./action-type.ts";

interface Params {
  readonly workflow: string;
  readonly record: string | { readonly id: string } | null;
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * Begins a process or journey on another record, which may be of another entity: the run's own goes on at once and hears
 * nothing of it. It begins after this step in the same transaction; on a record that is in it already it does not begin.
 */
export const runBegin: ActionType<Params> = {
  name: "run.begin",
  label: "Begin a process on another record",
  icon: "workflow",
  mode: "tx",
  params: {
    type: "object",
    properties: {
      workflow: { type: "string", minLength: 1, "x-document": "workflow" },
      record: { type: ["string", "null"] },
      values: { type: "object" },
    },
    required: ["workflow", "record"],
    additionalProperties: false,
  },
  effects: ({ workflow, record, values = {} }) => {
    const id = idOf(record);
    return id === null ? [] : [{ do: "run.begin", workflow, record: id, values }];
  },
  examples: {
    valid: [
      { workflow: "onboarding", record: "r1" },
      { workflow: "onboarding", record: "r1", values: { deal: "D-1" } },
    ],
    invalid: [{}, { workflow: "onboarding" }, { workflow: "", record: "r1" }],
  },
};
