import type { PersonAsked } from "../workflow/ask.ts";
import { idOf, type ActionType } from "./action-type.ts";

interface Params extends Pick<PersonAsked, "team" | "role" | "skill" | "hours"> {
  readonly by?: PersonAsked["by"];
  readonly field?: string;
  readonly rotation?: string;
  readonly except?: string | { readonly id: string } | null;
  readonly otherwise?: string | { readonly id: string } | null;
}

/**
 * Gives the record to somebody of a team or with a role: to whose turn it is, to whoever has the fewest, or to whoever was
 * given one by a rule or by hand the longest ago (`waiting`), over all rules alike. Who is away
 * and lets others act in her place is passed over, as is who lacks the skill, and with `hours` whoever does not work now
 * by that calendar in her own time zone, and `except`, who has refused it for instance. Where nobody is there, `otherwise` has it, a queue for instance.
 */
export const assign: ActionType<Params> = {
  name: "assign",
  label: "Assign to somebody",
  icon: "user-check",
  mode: "tx",
  right: "update",
  params: {
    type: "object",
    properties: {
      by: { enum: ["turn", "load", "waiting"], default: "turn" },
      team: { type: "string", minLength: 1 },
      role: { type: "string", minLength: 1, "x-document": "role" },
      skill: {
        type: "object",
        "x-of": "user",
        properties: { field: { type: "string", minLength: 1, "x-field": [] }, value: {} },
        required: ["field", "value"],
        additionalProperties: false,
      },
      hours: { type: "string", "x-document": "calendar" },
      field: { type: "string", "x-field": ["user"] },
      rotation: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
      except: { type: "string", minLength: 1, "x-person": true },
      otherwise: { type: "string", minLength: 1, "x-person": true },
    },
    additionalProperties: false,
  },
  lacks: ({ team, role }) => (team === undefined && role === undefined ? "team" : undefined),
  asks: ({ by = "turn", team, role, skill, hours, except, rotation, field = "owner" }, { workflow, entity }) => ({
    ask: "person",
    by,
    rotation: rotation ?? workflow,
    ...(team === undefined ? {} : { team }),
    ...(role === undefined ? {} : { role }),
    ...(skill ? { skill } : {}),
    ...(hours === undefined ? {} : { hours }),
    ...(idOf(except) === null ? {} : { except: idOf(except)! }),
    ...(by === "turn" ? {} : { load: { entity, field } }),
  }),
  effects: ({ field = "owner", rotation, otherwise }, { answer, workflow }) => {
    const chosen = answer as string | null;
    const to = chosen ?? idOf(otherwise);
    return [
      ...(to === null ? [] : [{ do: "record.update", values: { [field]: to } } as const]),
      ...(chosen === null ? [] : [{ do: "rotation.turn", rotation: rotation ?? workflow, to: chosen } as const]),
    ];
  },
  examples: {
    valid: [
      { team: "Service" },
      { team: "Sales", by: "waiting" },
      {
        role: "agent",
        by: "load",
        skill: { field: "languages", value: "ja" },
        hours: "support",
        except: "u2",
        otherwise: "u1",
      },
    ],
    invalid: [{}, { team: "" }, { team: "Service", by: "chance" }],
  },
};
