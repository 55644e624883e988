import type { ValueSetDocument } from "schemas";
import type { DocumentKind } from "./document-kind.ts";
import { choiceParts, itself, saidOf, saidOfChoices, whole } from "./part.ts";

/** A value set names nothing; others name it and its choices. */
export const valueSet: DocumentKind<ValueSetDocument> = {
  mentions: () => [],
  parts: (document) => [
    whole(document, document.title, document.$id, "choices"),
    ...choiceParts(document.choices, ["choices"], ""),
  ],
  said: (document) => [...saidOf(itself, document), ...saidOfChoices(document.choices, ["choices"], "")],
};
