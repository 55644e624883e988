import type { IntakeDocument } from "schemas";
import { checkIntake } from "../check/connections.ts";
import { eventAddress } from "../address.ts";
import { at } from "../check/place.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { chosen, entityName, fieldName, named } from "./mention.ts";
import { whole } from "./part.ts";

/** An intake names its entity, the fields that it fills, choices among what it fills them with, and an event. */
export const intake: DocumentKind<IntakeDocument> = {
  check: (document, model, known) => checkIntake(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    const { match, event, values } = document;
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...fieldName(entity, match, ["match"]),
      ...(event === undefined ? [] : named(event, eventAddress(model, document.entity, event), ["event"])),
      ...Object.entries(values).flatMap(([name, { value }]) => {
        const field = entity?.fields.get(name);
        return [
          ...named(name, field?.address, ["values", name], { key: true, spare: true }),
          ...chosen(model, field, value, ["values", name, "value"]),
        ];
      }),
    ];
  },
  parts: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      whole(document, document.title, document.$id, "values"),
      ...Object.entries(document.values).map(([name, given]): Part => {
        const field = entity?.fields.get(name);
        const path = at(["values", name]);
        return {
          id: `value ${field?.address ?? name}`,
          path,
          what: "Value",
          title: field?.title ?? name,
          values: { ...given },
        };
      }),
    ];
  },
};
