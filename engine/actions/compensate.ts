import type { ActionType } from "./action-type.ts";

/** Takes back what the run has done outside and can be taken back, the last first, each when the one before is done. */
export const compensate: ActionType<Record<string, never>> = {
  name: "compensate",
  label: "Take back what was done outside",
  icon: "undo",
  mode: "tx",
  params: { type: "object", properties: {}, additionalProperties: false },
  effects: () => [{ do: "compensate" }],
  examples: { valid: [{}], invalid: [{ all: true }] },
};
