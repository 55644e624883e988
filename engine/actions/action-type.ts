import type { Effect } from "../effect.ts";
import type { JsonSchema } from "../field-types/field-type.ts";

/** A moment counted from the step: which field it goes to, and how long after (ISO 8601). */
export interface Due {
  readonly field: string;
  readonly after: string;
}

/** What an action knows when it asks for its effects. */
export interface ActionScene {
  /** ISO 8601 in UTC. */
  readonly now: string;
}

/** What a state machine may ask for. One file in this folder each; palette, form and checks come from it. */
export interface ActionType<Params extends object = object> {
  readonly name: string;
  readonly label: string;
  readonly icon: string;
  /** `pure` in the kernel, `tx` in the step's transaction, `outbox` after it. */
  readonly mode: "pure" | "tx" | "outbox";
  /** The right on the entity that `params.entity` names that the author of the workflow needs. */
  readonly right?: "create" | "update";
  /** JSON Schema of the parameters; wherever a literal stands an expression may. */
  readonly params: JsonSchema;
  /** Parameters with every expression worked out, to effects. Performs nothing. */
  readonly effects: (params: Params, scene: ActionScene) => readonly Effect[];
  /** Parameters that the action takes, and one that it refuses: its tests. */
  readonly examples: { readonly valid: readonly Params[]; readonly invalid: readonly unknown[] };
}
