import { addressOfList } from "../address.ts";
import type { Mappings } from "../change.ts";
import { anchorOf, nameOf, type Field, type Model } from "../model.ts";
import { choiceValues } from "../plan.ts";
import { statesOf } from "../workflow/states.ts";

/** What everything that has a name is called, by address. Choices are their own names and stand in no list. */
export type Names = ReadonlyMap<string, string>;

/** The present names of a model. */
export function namesOf(model: Model): Names {
  const names = new Map<string, string>();
  for (const document of model.documents) names.set(anchorOf(document), nameOf(document));
  for (const entity of model.entities.values()) {
    names.set(entity.anchor, entity.name);
    for (const field of entity.fields.values()) {
      names.set(field.address, field.name);
      if (typeof field.property.inverse === "string") names.set(addressOfList(field), field.property.inverse);
    }
  }
  for (const workflow of model.workflows.values())
    for (const { key, state } of statesOf(workflow)) names.set(`${workflow.meta.id}#${state.meta.id}`, key);
  return names;
}

/**
 * What is called something else in the next model, by address: the next name. A choice is renamed where a mapping sends
 * it, and it alone, to a value that comes with the same change.
 */
export function renamesBetween(now: Model, next: Model, mappings: Mappings = {}): Names {
  const before = namesOf(now);
  const renames = new Map<string, string>();
  for (const [address, name] of namesOf(next)) {
    const old = before.get(address);
    if (old !== undefined && old !== name) renames.set(address, name);
  }
  const [was, is] = [choicesBy(now), choicesBy(next)];
  for (const [address, mapping] of Object.entries(mappings))
    for (const of of declarersOf(now, address)) {
      const [had, has] = [was.get(of) ?? [], is.get(of) ?? []];
      for (const [from, to] of Object.entries(mapping)) {
        const alone = Object.values(mapping).filter((it) => it === to).length === 1;
        if (to !== null && alone && had.includes(from) && !has.includes(from) && !had.includes(to) && has.includes(to))
          renames.set(`${of}=${from}`, to);
      }
    }
  return renames;
}

/** The name that an address will have. */
export function nextName(address: string, next: Names, renames: Names): string | undefined {
  const choice = /^[^=]*=(.*)$/s.exec(address)?.[1];
  return choice === undefined ? next.get(address) : (renames.get(address) ?? choice);
}

/** The address that something has when it is called by its next name. */
export function nextAddress(address: string, renames: Names): string {
  const to = renames.get(address);
  return to !== undefined && address.includes("=") ? `${address.slice(0, address.indexOf("="))}=${to}` : address;
}

/** The values of whoever declares choices: fields and value sets. */
function choicesBy(model: Model): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ...fieldsOf(model).flatMap((field) =>
      typeof field.property.value_set === "string" ? [] : [[field.address, choiceValues(field)] as const],
    ),
    ...[...model.valueSets.values()].map((set) => [set.$anchor, set.choices.map(({ value }) => value)] as const),
  ]);
}

/** A mapping for a field speaks of the choices of whoever declares them. */
function declarersOf(model: Model, address: string): readonly string[] {
  const field = fieldsOf(model).find((it) => it.address === address);
  const set = field && model.valueSets.get(String(field.property.value_set ?? ""));
  return [set?.$anchor ?? address];
}

const fieldsOf = (model: Model): readonly Field[] =>
  [...model.entities.values()].flatMap((it) => [...it.fields.values()]);
