import type { SnippetDocument } from "schemas";
import { eventAddress } from "../address.ts";
import { checkSnippet } from "../check/mailbox.ts";
import type { DocumentKind } from "./document-kind.ts";
import { valuesGiven } from "./mailbox.ts";
import { entityName, named } from "./mention.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A snippet names its entity, the fields that it fills, choices among their values, and an event. */
export const snippet: DocumentKind<SnippetDocument> = {
  check: (document, model, known) => checkSnippet(model, document, known),
  mentions: (document, model) => {
    const { entity, values, event, roles = [] } = document;
    return [
      ...entityName(model, entity, ["entity"]),
      ...valuesGiven(model, model.entities.get(entity), values, ["values"]),
      ...roles.flatMap((role, index) => named(role, model.roles.get(role)?.$anchor, ["roles", index])),
      ...(event === undefined ? [] : named(event, eventAddress(model, entity, event), ["event"], { spare: true })),
    ];
  },
  parts: (document) => [whole(document, document.title, document.$id)],
  said: (document) => saidOf(itself, document),
};
