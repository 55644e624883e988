import type { ValueSetDocument } from "schemas";
import { doubleChoices } from "../check/field.ts";
import { placeOf } from "../check/place.ts";
import type { DocumentKind } from "./document-kind.ts";
import { choiceParts, itself, saidOf, saidOfChoices, whole } from "./part.ts";

/** A value set names nothing; others name it and its choices. */
export const valueSet: DocumentKind<ValueSetDocument> = {
  check: (document) => doubleChoices(document.choices, (index) => placeOf(document, "choices", index, "value")),
  mentions: () => [],
  parts: (document) => [
    whole(document, document.title, document.$id, "choices"),
    ...choiceParts(document.choices, ["choices"], ""),
  ],
  said: (document) => [...saidOf(itself, document), ...saidOfChoices(document.choices, ["choices"], "")],
};
