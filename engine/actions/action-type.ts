import type { Effect, Repeats } from "../effect.ts";
import type { JsonSchema } from "../field-types/field-type.ts";
import type { Ask } from "../workflow/ask.ts";

/** A moment counted from the step: which field it goes to, and how long after (ISO 8601). */
export interface Due {
  readonly field: string;
  readonly after: string;
}

/** What an action knows when it asks for its effects. */
export interface ActionScene {
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** The record as it stands at this point of the step, and the name of its entity. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly entity: string;
  readonly workflow: string;
  /** What came of what the action has asked. */
  readonly answer?: any;
}

/**
 * What a state machine may ask for. One file in this folder each; palette, form and checks come from it.
 *
 * Of a parameter its schema says what it names (`engine/workflow/param-names.ts`), and by that it is checked, chosen in
 * the form, and followed when things are renamed.
 */
export interface ActionType<Params extends object = object> {
  readonly name: string;
  readonly label: string;
  readonly icon: string;
  /** `pure` in the kernel, `tx` in the step's transaction, `outbox` after it: then `<name>.done` or `<name>.failed` comes back. */
  readonly mode: "pure" | "tx" | "outbox";
  /** Somebody is reached by it: quiet hours and caps of a workflow speak of it by its name. */
  readonly sends?: true;
  /** Whether what goes out by it may be carried out once more when nobody knows whether it was. */
  readonly repeats?: (params: Params) => Repeats;
  /** Whether what goes out by it changes nothing over there, so that it may be asked for as often as one likes. */
  readonly reads?: (params: Params) => boolean;
  /** The right on the entity that `params.entity` names that the author of the workflow needs. */
  readonly right?: "create" | "update";
  /** JSON Schema of the parameters; wherever a literal stands an expression may. */
  readonly params: JsonSchema;
  /** The name of a parameter that these, given as literals or expressions, lack beyond what the schema can say. */
  readonly lacks?: (params: Params) => string | undefined;
  /** What it needs to know of the database first; the answer stands in the scene of `effects`. */
  readonly asks?: (params: Params, scene: ActionScene) => Ask | undefined;
  /** The parameter without which it asks nothing; where none is named it always asks. */
  readonly asksWith?: keyof Params & string;
  /**
   * Its effects are the same whatever values its parameters have and whatever the record holds: they may be asked for with
   * places in which the values of many runs come to stand.
   */
  readonly alike?: true;
  /** Parameters with every expression worked out, to effects. Performs nothing. */
  readonly effects: (params: Params, scene: ActionScene) => readonly Effect[];
  /** Parameters that the action takes, and one that it refuses: its tests. */
  readonly examples: { readonly valid: readonly Params[]; readonly invalid: readonly unknown[] };
}

/** Whether an action with these parameters asks the database. */
export const isAsking = ({ asks, asksWith }: ActionType<any>, params: Readonly<Record<string, unknown>>): boolean =>
  asks !== undefined && (asksWith === undefined || params[asksWith] !== undefined);

/** The events of the engine by which an action that is carried out later reports back. */
export function reportsOf({ name, mode }: Pick<ActionType, "name" | "mode">): readonly string[] {
  return mode === "outbox" ? [`${name}.done`, `${name}.failed`] : [];
}

/** The id of something, as a text or as expressions give a record. */
export const idOf = (given: string | { readonly id: string } | null | undefined): string | null =>
  typeof given === "string" ? given : (given?.id ?? null);

/** JSON Schema: names of the run's context, each with the place (JSON Pointer) of an output that it takes its value from. */
export const keepSchema: JsonSchema = {
  type: "object",
  minProperties: 1,
  propertyNames: { pattern: "^[a-z][a-z0-9_]{0,39}$" },
  additionalProperties: { type: "string", pattern: "^(/[^/]*)*$" },
};
