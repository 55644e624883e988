import type { DuplicateRuleDocument } from "schemas";
import { checkDuplicateRule } from "../check/duplicate-rule.ts";
import { at } from "../check/place.ts";
import { recordScope } from "../expression/scope.ts";
import type { DocumentKind, Part } from "./document-kind.ts";
import { entityName, expression, fieldName } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A duplicate rule names its entity, the fields that it compares, and what its condition reads. */
export const duplicateRule: DocumentKind<DuplicateRuleDocument> = {
  check: (document, model, known) => checkDuplicateRule(model, document, known),
  mentions: (document, model) => {
    const entity = model.entities.get(document.entity);
    return [
      ...entityName(model, document.entity, ["entity"]),
      ...document.match.flatMap(({ field }, index) => fieldName(entity, field, ["match", index, "field"])),
      ...(entity ? expression(document.where, recordScope(model, entity.name), ["where"]) : []),
    ];
  },
  parts: (document) => [
    whole(document, document.title, document.$id, "match"),
    ...document.match.map((likeness, index): Part => ({
      id: `match ${likeness.field}`,
      path: at(["match", index]),
      what: "Likeness",
      title: likeness.field,
      values: { ...likeness },
    })),
  ],
  said: (document) => saidOf(itself, document),
};
