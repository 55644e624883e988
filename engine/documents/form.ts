import type { FormDocument } from "schemas";
import { checkForm } from "../check/form.ts";
import { at } from "../check/place.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { chosen, entityName, fieldName, named } from "./mention.ts";
import { itself, rest, saidOf, whole } from "./part.ts";

/** A form names its entity, the fields that it fills, choices among what it fills them with, and purposes. */
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
      whole(document, document.title, document.$id, "fields", "hidden", "consents"),
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
