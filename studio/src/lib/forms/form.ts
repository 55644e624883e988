import { isAsked, type Entity, type Field, type Model } from "engine";
import type { FormDocument, FormField, FormPerson, PurposeDocument } from "schemas";
import { nameFor, newAnchor } from "#lib/design/entity.ts";
import { likelySender } from "#lib/service/mailbox.ts";

/**
 * A new form of an entity: it asks for what a record cannot do without, and for an address where there is one; where there
 * is none, for those of whoever the record leads to.
 */
export function newForm(title: string, entity: Entity, model: Model, taken: readonly string[]): FormDocument {
  const { fields, address } = firstAsked(entity);
  const reference = address ? undefined : likelySender(model, entity);
  const person = reference && newPerson(model, reference);
  return {
    $schema: "urn:trellis:form:1",
    $id: nameFor(title, taken),
    $anchor: newAnchor("form"),
    title,
    entity: entity.name,
    fields,
    ...(address ? { match: address.name } : {}),
    ...(person ? { person } : {}),
  };
}

/** Whoever sends a form, found among the records that a reference leads to. */
export function newPerson(model: Model, { name, targets }: Field): FormPerson | undefined {
  const entity = model.entities.get(targets[0] ?? "");
  const { fields = [], address } = entity ? firstAsked(entity) : {};
  return address && { reference: name, fields, match: address.name };
}

function firstAsked(entity: Entity): { readonly fields: FormField[]; readonly address: Field | undefined } {
  const fields = askable(entity);
  const [address] = addressFieldsOf(entity);
  const first = fields.filter((field) => field === entity.nameField || field === address || field.required);
  return { fields: first.map(({ name }) => ({ field: name, required: true })), address };
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

/** The fields with an address by which a form finds a record. */
export const addressFieldsOf = (entity: Entity): readonly Field[] =>
  askable(entity).filter(({ type }) => type.reaches === "email");

/** A thing without those of its members that say nothing. */
export function plain<Thing extends object>(thing: Thing): Thing {
  const said = Object.entries(thing).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  return Object.fromEntries(said) as Thing;
}
