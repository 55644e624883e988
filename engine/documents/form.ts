import type { FormDocument } from "schemas";
import { formPersonEntity } from "../public-form.ts";
import { checkForm } from "../check/form.ts";
import { at } from "../check/place.ts";
import type { Model } from "../model.ts";
import type { DocumentKind, Mention, Part } from "./document-kind.ts";
import { valuesGiven } from "./mailbox.ts";
import { chosen, entityName, fieldName, named } from "./mention.ts";
import { itself, rest, saidOf, whole } from "./part.ts";

/** A form names its entity, the fields that it fills, those of whoever sends it, choices among what it fills them with, and purposes. */
export const form: DocumentKind<FormDocument> = {
  check: (document, model, known) => checkForm(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const { fields, hidden = [], consents = [], match } = document;
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldName(entity, match, ["match"]),
      ...fields.flatMap(({ field }, index) => fieldName(entity, field, ["fields", index, "field"])),
      ...hidden.flatMap(({ field, value }, index) => [
        ...fieldName(entity, field, ["hidden", index, "field"]),
        ...chosen(model, entity?.fields.get(field), value, ["hidden", index, "value"]),
      ]),
      ...personMentions(document, model),
      ...consents.flatMap(({ purpose }, index) =>
        named(purpose, model.purposes.get(purpose)?.$anchor, ["consents", index, "purpose"]),
      ),
    ];
  },
  parts: (document, model) => {
    const entity = model.entities.get(document.entity);
    const { fields, hidden = [], consents = [] } = document;
    const address = (name: string) => entity?.fields.get(name)?.address ?? name;
    return [
      whole(document, document.title, document.$id, "fields", "hidden", "consents", "person"),
      ...personParts(document, model),
      ...fields.map((given, index): Part => ({
        id: `field ${address(given.field)}`,
        path: at(["fields", index]),
        what: "Field",
        title: given.title ?? entity?.fields.get(given.field)?.title ?? given.field,
        ordered: true,
        values: rest(given, "title"),
      })),
      ...hidden.map((given, index): Part => ({
        id: `hidden ${address(given.field)}`,
        path: at(["hidden", index]),
        what: "Hidden field",
        title: entity?.fields.get(given.field)?.title ?? given.field,
        values: rest(given),
      })),
      ...consents.map((given, index): Part => ({
        id: `consent ${given.channel} ${model.purposes.get(given.purpose)?.$anchor ?? given.purpose}`,
        path: at(["consents", index]),
        what: "Consent",
        title: model.purposes.get(given.purpose)?.title ?? given.purpose,
        ordered: true,
        values: rest(given),
      })),
    ];
  },
  said: (document) => saidOf(itself, document),
};

function personMentions(document: FormDocument, model: Model): readonly Mention[] {
  const { person } = document;
  if (!person) return [];
  const entity = model.entities.get(document.entity);
  const from = formPersonEntity(model, document);
  return [
    ...fieldName(entity, person.reference, ["person", "reference"]),
    ...person.fields.flatMap(({ field }, index) => fieldName(from, field, ["person", "fields", index, "field"])),
    ...fieldName(from, person.match, ["person", "match"]),
    ...valuesGiven(model, from, person.values, ["person", "values"]),
    ...Object.entries(person.copied ?? {}).flatMap(([name, source]) => [
      ...named(name, entity?.fields.get(name)?.address, ["person", "copied", name], { key: true, spare: true }),
      ...fieldName(from, source, ["person", "copied", name]),
    ]),
  ];
}

function personParts(document: FormDocument, model: Model): readonly Part[] {
  const { person } = document;
  if (!person) return [];
  const from = formPersonEntity(model, document);
  const titled = model.entities.get(document.entity)?.fields.get(person.reference)?.title;
  return [
    {
      id: "person",
      path: at(["person"]),
      what: "Person",
      title: titled ?? person.reference,
      values: rest(person, "fields"),
    },
    ...person.fields.map((given, index): Part => ({
      id: `person ${from?.fields.get(given.field)?.address ?? given.field}`,
      path: at(["person", "fields", index]),
      what: "Field",
      title: given.title ?? from?.fields.get(given.field)?.title ?? given.field,
      within: "person",
      ordered: true,
      values: rest(given, "title"),
    })),
  ];
}
