import type { WorkflowDocument } from "schemas";
import type { Type } from "./expression/type.ts";
import type { Field, Model } from "./model.ts";
import { rolesAddress } from "./system-entities.ts";
import { statesOf } from "./workflow/states.ts";

/**
 * Addresses say for ever what is meant, whatever it is called: a document by its anchor, and what stands in it by
 * `<anchor>#<anchor of the part>`: fields, rules, states. What has no anchor of its own is named beside its holder's:
 * `<reference>~list` the list of a reference, `<field or value set>=<value>` a choice, `<workflow>!<type>` an event.
 */

/** The list that a reference makes on what it points at. */
export const addressOfList = ({ address }: Field): string => `${address}~list`;

/** Whoever declares the choices of a field: the field itself, or its value set. */
export function addressOfChoices(model: Model, { address, property }: Field): string {
  const set = typeof property.value_set === "string" ? model.valueSets.get(property.value_set) : undefined;
  return set?.$anchor ?? address;
}

/** A state by its present key; regions are states too. */
export function addressOfState(workflow: WorkflowDocument, key: string): string {
  const found = statesOf(workflow).find((it) => it.key === key);
  return `${workflow.meta.id}#${found?.state.meta.id ?? ""}`;
}

/** An event of a workflow. */
export const addressOfEvent = (workflow: WorkflowDocument, type: string): string => `${workflow.meta.id}!${type}`;

/** A value that an expression has in quotes: a choice beside its holder, a state, a role. The engine's own role has none. */
export function addressOfValue(model: Model, type: Type, value: string): string | undefined {
  if (type.kind === "state") {
    const workflow = model.workflows.get(type.workflow);
    return workflow ? addressOfState(workflow, value) : "";
  }
  const of = type.kind === "choice" ? type.of : "";
  return of === rolesAddress ? model.roles.get(value)?.$anchor : `${of}=${value}`;
}

/** An event by its type, of whichever workflow of the entity declares it. */
export function eventAddress(model: Model, entity: string, type: string): string | undefined {
  const workflow = [...model.workflows.values()].find(
    ({ meta }) => meta.entity === entity && Object.hasOwn(meta.events, type),
  );
  return workflow && addressOfEvent(workflow, type);
}
