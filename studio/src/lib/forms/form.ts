import { isAsked, type Entity, type Field } from "engine";
import type { FormDocument, PurposeDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";

/** A new form of an entity: it asks for what a record cannot do without, and for an address where there is one. */
export function newForm(title: string, entity: Entity, taken: readonly string[]): FormDocument {
  const fields = askable(entity);
  const address = fields.find(({ type }) => type.reaches === "email");
  const first = fields.filter((field) => field === entity.nameField || field === address || field.required);
  return {
    $schema: "urn:trellis:form:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("form"),
    title,
    entity: entity.name,
    fields: first.map(({ name }) => ({ field: name, required: true })),
    ...(address ? { match: address.name } : {}),
  };
}

/** A new purpose; what is given to it counts once it is confirmed. */
export function newPurpose(title: string, taken: readonly string[]): PurposeDocument {
  return {
    $schema: "urn:trellis:purpose:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("purpose"),
    title,
    basis: "consent",
    double_opt_in: true,
  };
}

/** The fields that everybody can be asked for. */
export const askable = ({ fields }: Entity): readonly Field[] => [...fields.values()].filter(isAsked);

/** A thing without those of its members that say nothing. */
export function plain<Thing extends object>(thing: Thing): Thing {
  const said = Object.entries(thing).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  return Object.fromEntries(said) as Thing;
}
