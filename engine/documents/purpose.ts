import type { PurposeDocument } from "schemas";
import { checkPurpose } from "../check/purpose.ts";
import type { DocumentKind } from "./document-kind.ts";
import { itself, saidOf, whole } from "./part.ts";

/** A purpose names nothing; forms and messages name it. */
export const purpose: DocumentKind<PurposeDocument> = {
  check: checkPurpose,
  mentions: () => [],
  parts: (document) => [whole(document, document.title, document.$id)],
  said: (document) => saidOf(itself, document),
};
