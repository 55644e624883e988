import { addressOfChoices, addressOfList, addressOfState } from "../address.ts";
import { namesIn } from "../expression/check.ts";
import type { Scope } from "../expression/scope.ts";
import type { Entity, Field, Model } from "../model.ts";
import { isExpression } from "../values.ts";
import { statesOf } from "../workflow/states.ts";
import type { Mention, Steps } from "./document-kind.ts";

/** Whether a place can go: an entry of an array, an optional member. */
export interface Going {
  readonly spare?: true;
}

/** A whole text, or a key, that names what has this address; nothing where nothing has. */
export function named(name: string, address: string | undefined, steps: Steps, how: Going & { key?: true } = {}) {
  return address === undefined ? [] : [{ steps, start: 0, end: name.length, address, ...how } satisfies Mention];
}

/** A text that is the name of an entity. */
export function entityName(model: Model, name: string | undefined, steps: Steps, how: Going = {}): readonly Mention[] {
  return named(name ?? "", name === undefined ? undefined : model.entities.get(name)?.anchor, steps, how);
}

/** A text that is the name of a field. */
export function fieldName(entity: Entity | undefined, name: string | undefined, steps: Steps, how: Going = {}) {
  return named(name ?? "", name === undefined ? undefined : entity?.fields.get(name)?.address, steps, how);
}

/** A text that is a path over references, `company.industry`; it begins at `offset` of the text that stands there. */
export function fieldPath(
  model: Model,
  entity: Entity | undefined,
  path: string | undefined,
  steps: Steps,
  { offset = 0, ...how }: Going & { readonly offset?: number } = {},
): readonly Mention[] {
  let stand: readonly Entity[] = entity ? [entity] : [];
  let start = offset;
  return (path ?? "").split(".").flatMap((name) => {
    const fields = stand.flatMap((it) => it.fields.get(name) ?? []);
    const place = { steps, start, end: start + name.length, ...how };
    start += name.length + 1;
    stand = fields.flatMap(({ targets }) => targets).flatMap((to) => model.entities.get(to) ?? []);
    return [...new Set(fields.map(({ address }) => address))].map((address): Mention => ({ ...place, address }));
  });
}

/** Texts that are paths, one after the other. */
export function fieldPaths(model: Model, entity: Entity | undefined, paths: readonly string[] | undefined, at: Steps) {
  return (paths ?? []).flatMap((path, index) => fieldPath(model, entity, path, [...at, index], { spare: true }));
}

/** A text that is the list of a reference. */
export function listName(entity: Entity | undefined, name: string, steps: Steps, how: Going = {}) {
  const list = entity?.inverses.get(name);
  return named(name, list && addressOfList(list.reference), steps, how);
}

/** An expression, or what may be one. */
export function expression(given: unknown, scope: Scope, steps: Steps): readonly Mention[] {
  if (!isExpression(given)) return [];
  return namesIn(given.cel, scope).map((it): Mention => ({ ...it, steps: [...steps, "cel"] }));
}

/** Every expression in a value, however deep. */
export function expressionsIn(value: unknown, scope: Scope, steps: Steps): readonly Mention[] {
  if (isExpression(value)) return expression(value, scope, steps);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    expressionsIn(item, scope, [...steps, Array.isArray(value) ? Number(key) : key]),
  );
}

/** A value that a document gives a field: one of its choices, or several. */
export function chosen(model: Model, field: Field | undefined, value: unknown, steps: Steps): readonly Mention[] {
  const choices = field?.property.choices as readonly { readonly value: string }[] | undefined;
  if (!field || !choices) return [];
  if (Array.isArray(value)) return value.flatMap((it, at) => chosen(model, field, it, [...steps, at]));
  if (typeof value !== "string" || !choices.some((it) => it.value === value)) return [];
  return named(value, `${addressOfChoices(model, field)}=${value}`, steps);
}

/** A state by which a field stands. */
export function stateMention(model: Model, field: Field | undefined, value: unknown, steps: Steps): readonly Mention[] {
  const workflow = field && model.workflows.get(String(field.property.workflow));
  const known = typeof value === "string" && workflow && statesOf(workflow).some(({ key }) => key === value);
  return known ? named(value, addressOfState(workflow, value), steps) : [];
}
